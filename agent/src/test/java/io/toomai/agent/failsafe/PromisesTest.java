package io.toomai.agent.failsafe;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Promising and taking the key exclude each other, also across a restart.
class PromisesTest {
    private static final MemberName LEADER = new MemberName("pg2");
    private static final Upstream UPSTREAM = new Upstream.Server("10.0.0.2", 5432);
    private static final Duration TTL = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private MonoTime now = new MonoTime(1_000_000_000_000L);
    private boolean leads;

    @SuppressWarnings("NullAway.Init") // made before each test, when its folder exists
    private Promises promises;

    @BeforeEach
    void start() throws IOException {
        promises = Promises.open(directory.resolve("promise"), () -> now, () -> leads);
    }

    private boolean promise() {
        return promises.promise(LEADER, UPSTREAM, TTL);
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    @Test
    void whoHasPromisedDoesNotAskForTheKey() {
        assertThat(promise()).isTrue();
        assertThat(promises.beginTaking().orElseThrow()).contains("promised to let pg2 lead");
        pass(TTL.minusMillis(1));
        assertThat(promises.beginTaking()).isPresent();
        pass(Duration.ofMillis(1));
        assertThat(promises.beginTaking()).isEmpty();
    }

    @Test
    void eachQuestionProlongsIt() {
        promise();
        pass(TTL.dividedBy(2));
        promise();
        pass(TTL.dividedBy(2));
        assertThat(promises.beginTaking()).isPresent();
    }

    @Test
    void aShorterOneDoesNotShortenIt() {
        promise();
        promises.promise(LEADER, UPSTREAM, Duration.ofSeconds(1));
        pass(TTL.minusMillis(1));
        assertThat(promises.beginTaking()).isPresent();
    }

    @Test
    void whoLeadsPromisesNothing() {
        leads = true;
        assertThat(promise()).isFalse();
        assertThat(promises.inForce()).isEqualTo(new FailsafePromise.None());
    }

    @Test
    void whoTakesTheKeyPromisesNothingUntilItIsRefused() {
        promises.beginTaking();
        assertThat(promise()).isFalse();
        promises.taken(Promises.Attempt.REFUSED);
        assertThat(promise()).isTrue();
    }

    @Test
    void anAttemptWithoutAnswerIsUnderWayUntilTheStoreShowsWhatBecameOfIt() {
        promises.beginTaking();
        promises.taken(Promises.Attempt.UNANSWERED);
        assertThat(promise()).isFalse();
        promises.storeWasRead(now, ClusterView.EMPTY);
        assertThat(promise()).isTrue();
    }

    @Test
    void aLeaderThatIsBackInTheStoreDoesNotEndIt() {
        promise();
        pass(Duration.ofSeconds(1));
        promises.storeWasRead(now, Clusters.ledBy(LEADER));
        assertThat(promises.beginTaking()).isPresent();
    }

    // ---- after a takeover

    private void takeOver(Promises.Attempt became) {
        assertThat(promises.beginTakingOver(TTL)).isEmpty();
        pass(Duration.ofSeconds(1));
        promises.taken(became);
    }

    /// Simulation seed 3023490: the former leader had slept through it, and went by its lease.
    @Test
    void whoTookOverPromisesNothingWhileTheFormerLeaseMayRun() throws IOException {
        takeOver(Promises.Attempt.LEADS);
        pass(TTL.minusMillis(1));
        assertThat(promise()).isFalse();
        start();
        assertThat(promise()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(promise()).isTrue();
    }

    @Test
    void aTakeoverWithoutAnswerCountsFromTheReadingThatTells() {
        takeOver(Promises.Attempt.UNANSWERED);
        pass(TTL);
        assertThat(promise()).isFalse();
        promises.storeWasRead(now, ClusterView.EMPTY);
        assertThat(promise()).isFalse();
        pass(TTL);
        assertThat(promise()).isTrue();
    }

    @Test
    void aProcessThatEndsWhileTakingOverLeavesItToTheNext() throws IOException {
        promises.beginTakingOver(TTL);
        pass(Duration.ofDays(1));
        start();
        pass(TTL.minusMillis(1));
        assertThat(promise()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(promise()).isTrue();
    }

    @Test
    void afterARestartOfTheMachineTheFormerLeaseCountsAnew() throws IOException {
        takeOver(Promises.Attempt.LEADS);
        otherBoot();
        now = new MonoTime(5_000_000_000L);
        start();
        pass(TTL.minusMillis(1));
        assertThat(promise()).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(promise()).isTrue();
    }

    // ---- restarts

    @Test
    void theNextProcessKeepsIt() throws IOException {
        promise();
        pass(Duration.ofSeconds(10));
        start();
        assertThat(promises.beginTaking()).isPresent();
        pass(Duration.ofSeconds(20));
        assertThat(promises.beginTaking()).isEmpty();
        start();
        assertThat(promises.beginTaking()).isEmpty();
    }

    /// The clock of another boot tells nothing: the whole length counts from the start.
    @Test
    void afterARestartOfTheMachineItLastsItsWholeLength() throws IOException {
        promise();
        otherBoot();
        now = new MonoTime(5_000_000_000L);
        start();
        pass(TTL.minusMillis(1));
        assertThat(promises.beginTaking()).isPresent();
        start();
        pass(Duration.ofMillis(1));
        assertThat(promises.beginTaking()).isEmpty();
    }

    private void otherBoot() throws IOException {
        Path file = directory.resolve("promise");
        ByteBuffer page = ByteBuffer.wrap(Files.readAllBytes(file));
        page.putLong(0, page.getLong(0) + 1);
        Files.write(file, page.array());
    }
}

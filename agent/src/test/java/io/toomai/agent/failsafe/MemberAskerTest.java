package io.toomai.agent.failsafe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Members answer when the test lets them, by a clock that the test moves.
class MemberAskerTest {
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final AtomicLong seconds = new AtomicLong(100);
    private final Map<String, BlockingQueue<Optional<String>>> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<MonoTime> carried = new CopyOnWriteArrayList<>();
    private final MemberAsker asker =
            new MemberAsker(this::answer, () -> at(seconds.get()), carried::add);

    private static MonoTime at(long second) {
        return new MonoTime(second * 1_000_000_000L);
    }

    private BlockingQueue<Optional<String>> answersOf(String url) {
        return answers.computeIfAbsent(url, _ -> new LinkedBlockingQueue<>());
    }

    private Optional<String> answer(String url, Duration ttl, Duration limit) {
        asked.add(url);
        try {
            return answersOf(url).take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("the test is over");
        }
    }

    private void answers(String name, Optional<String> refusal) {
        answersOf("http://" + name + ":8008/patroni").add(refusal);
    }

    private void ask(int questions, String... others) {
        asker.ask(Clusters.members(others), TTL);
        await().atMost(LONG).until(() -> asked.size() == questions);
    }

    @AfterEach
    void stop() {
        asker.close();
    }

    @Test
    void allMustAcceptAndTheQuestionsSendingCounts() {
        ask(2, "pg2", "pg3");
        seconds.set(104);
        answers("pg2", Optional.empty());
        answers("pg3", Optional.empty());
        await().atMost(LONG).until(() -> !carried.isEmpty());
        assertThat(carried).containsExactly(at(130));
    }

    @Test
    void theOldestAcceptanceCounts() {
        ask(2, "pg2", "pg3");
        answers("pg2", Optional.empty());
        answers("pg3", Optional.empty());
        await().atMost(LONG).until(() -> carried.size() == 1);
        seconds.set(110);
        ask(4, "pg2", "pg3"); // both have answered: the last one under the same lock
        answers("pg2", Optional.empty());
        answers("pg3", Optional.of("refused"));
        await().atMost(LONG).until(() -> asker.obstacle().isPresent());
        await().atMost(LONG).until(() -> carried.size() >= 2);
        assertThat(carried.getLast()).isEqualTo(at(130));
        assertThat(asker.obstacle()).contains("pg3 does not agree: refused");
    }

    @Test
    void oneWhoRefusesIsEnough() {
        ask(2, "pg2", "pg3");
        answers("pg2", Optional.empty());
        answers("pg3", Optional.of("it answered 500 Running as a leader"));
        await().atMost(LONG).until(() -> asker.obstacle().isPresent());
        assertThat(carried).isEmpty();
    }

    @Test
    void whoOwesAnAnswerIsNotAskedAgain() {
        ask(1, "pg2");
        asker.ask(Clusters.members("pg2"), TTL);
        ask(2, "pg2", "pg3");
        assertThat(asked).containsExactly("http://pg2:8008/patroni", "http://pg3:8008/patroni");
    }

    @Test
    void whatWasAskedBeforeCountsForNothingAfterwards() {
        ask(1, "pg2");
        asker.forget();
        answers("pg2", Optional.empty());
        await().atMost(LONG)
                .until(() -> {
                    asker.ask(Clusters.members("pg2"), TTL);
                    return asked.size() == 2;
                });
        seconds.set(111);
        assertThat(carried).isEmpty();
        answers("pg2", Optional.empty());
        await().atMost(LONG).until(() -> !carried.isEmpty());
        assertThat(carried).hasSize(1);
    }

    @Test
    void whoIsAloneAsksNobody() {
        asker.ask(Clusters.members(), TTL);
        assertThat(carried).containsExactly(at(130));
    }
}

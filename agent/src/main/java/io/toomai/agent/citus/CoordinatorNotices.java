package io.toomai.agent.citus;

import io.toomai.agent.loop.HaLoop;
import io.toomai.api.GroupEvent;
import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.DcsException;
import io.toomai.settings.CitusSettings;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the leader of a group of workers tells the coordinator's leader, so that queries wait while
/// the primary changes (contract §5.13). Only a clean stop waits for the answer, since traffic must
/// wait first; a promotion never does. An event that gets lost costs nothing but errors in queries:
/// the coordinator looks for itself once in each `loop_wait`.
final class CoordinatorNotices implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CoordinatorNotices.class);
    private static final Duration STORE = Duration.ofSeconds(2);
    private static final Duration QUICK = Duration.ofSeconds(2);
    private static final int WAITING_EVENTS = 8;

    private final MemberName me;
    private final int group;
    private final Surroundings around;
    private final ExecutorService teller;
    private final Announcements announcements = new Announcements();

    /// What is needed to tell.
    ///
    /// @param standing whether this node leads as primary at the moment; waits for nothing
    /// @param groups reads the store within that time
    /// @param patience times by the configuration in force
    /// @param authorization the header that `restapi.authentication` of the members asks for
    record Surroundings(
            Supplier<Standing> standing,
            Function<Duration, SortedMap<Integer, ClusterView>> groups,
            Supplier<Patience> patience,
            PeerClient peers,
            Supplier<Optional<Secret>> authorization) {}

    /// @param ttl traffic waits no longer
    /// @param retryTimeout after this long who still uses the node is ended
    record Patience(Duration ttl, Duration retryTimeout) {}

    CoordinatorNotices(MemberName me, int group, Surroundings around) {
        this.me = me;
        this.group = group;
        this.around = around;
        this.teller =
                new ThreadPoolExecutor(
                        0,
                        1,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING_EVENTS),
                        Thread.ofVirtual().name(me + "-citus").factory(),
                        new ThreadPoolExecutor.DiscardOldestPolicy());
    }

    /// To be called right before a clean stop, on the thread that stops: waits until traffic waits,
    /// at most for `ttl`. Does nothing where this node does not lead as primary. Never throws.
    void beforeStop() {
        if (around.standing().get() == Standing.LEADS) {
            announcements.willStop();
            tell(GroupEvent.Type.BEFORE_DEMOTE, around.patience().get().ttl());
        }
    }

    /// Looks at a finished cycle; waits for nothing. For the loop's thread.
    void saw(HaLoop.Cycle cycle) {
        announcements.after(cycle).ifPresent(type -> teller.execute(() -> tell(type, QUICK)));
    }

    private void tell(GroupEvent.Type type, Duration limit) {
        Patience patience = around.patience().get();
        GroupEvent event = new GroupEvent(type, group, me, patience.ttl(), patience.retryTimeout());
        try {
            Optional<Member> coordinator =
                    Optional.ofNullable(around.groups().apply(STORE).get(CitusSettings.COORDINATOR))
                            .flatMap(ClusterView::leaderMember);
            if (coordinator.isEmpty()) {
                log.info("{}: nobody leads the coordinator, so nobody is told {}", me, type.text());
                return;
            }
            HttpAnswer answer = post(coordinator.get(), event, limit);
            if (answer.code() == 200) {
                log.info("{}: told {} {}", me, coordinator.get().name(), type.text());
            } else {
                lost(
                        type,
                        coordinator.get().name()
                                + " answered "
                                + answer.code()
                                + " "
                                + answer.body());
            }
        } catch (DcsException | IOException | IllegalArgumentException e) {
            lost(type, String.valueOf(e.getMessage()));
        }
    }

    private HttpAnswer post(Member coordinator, GroupEvent event, Duration limit)
            throws IOException {
        return around.peers()
                .call(
                        new HttpCall(
                                "POST",
                                URI.create(coordinator.apiUrl()).resolve("/citus"),
                                Optional.of(event.json()),
                                around.authorization().get()),
                        limit);
    }

    private void lost(GroupEvent.Type type, String why) {
        log.warn(
                "{}: the coordinator was not told {} of group {}: {}; queries may fail until it looks"
                        + " for itself. Check that the members of the groups reach each other's REST"
                        + " API with the credentials of ctl",
                me,
                type.text(),
                group,
                why);
    }

    @Override
    public void close() {
        teller.shutdownNow();
    }
}

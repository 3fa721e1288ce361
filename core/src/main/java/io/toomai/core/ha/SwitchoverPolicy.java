package io.toomai.core.ha;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a leader does about a request for another one while its PostgreSQL runs (contract §5.8,
/// design §6). Everything is checked and answered before anything moves; then a checkpoint is
/// written, the clients of proxies are held, and what they have under way may finish; then
/// PostgreSQL stops, and [RecoveryPolicy] goes on.
final class SwitchoverPolicy {
    /// Proxies wake the loop when they are quiet; this is for one that went away.
    private static final Duration RECHECK = Duration.ofMillis(100);

    private SwitchoverPolicy() {}

    /// @param goOn what the leader does otherwise
    /// @return empty where nothing is to be done about the request now
    static Optional<Decision> decide(
            HaView view,
            Primary primary,
            Versioned<FailoverRequest> asked,
            Supplier<Decision> goOn) {
        FailoverRequest request = asked.value();
        Command clear = new Command.ClearFailover(asked.revision());
        Optional<String> senseless = senseless(view, request);
        if (senseless.isPresent()) {
            return Optional.of(
                    HaPolicy.of(view, Rule.LEADER_DECLINES_SWITCHOVER, senseless.get(), clear));
        }
        if (request.scheduledAt().isPresent()) {
            Optional<Decision> later = scheduled(view, request, clear, goOn);
            if (later.isPresent()) {
                return later;
            }
        }
        if (failedBefore(view)) {
            return Optional.of(
                    HaPolicy.of(
                                    view,
                                    Rule.SWITCHOVER_ABORTED,
                                    "switchover given up: PostgreSQL did not stop in time",
                                    clear)
                            .remembering(view.memory().withHandOverSince(Optional.empty())));
        }
        return Optional.of(
                hindrance(view, primary, request)
                        .map(why -> HaPolicy.of(view, Rule.LEADER_DECLINES_SWITCHOVER, why, clear))
                        .orElseGet(() -> stage(view, asked)));
    }

    private static Optional<String> hindrance(
            HaView view, Primary primary, FailoverRequest request) {
        List<PeerStatus.Reachable> candidates =
                RacePolicy.candidates(view, primary.flushed(), Optional.of(request));
        if (candidates.isEmpty()) {
            return Optional.of("switchover: no healthy members found, I stay leader");
        }
        if (request.leader().isPresent()
                && candidates.stream().noneMatch(c -> receives(view, primary, c.name()))) {
            String who =
                    request.candidate()
                            .map(name -> name + " does not stream")
                            .orElse("no healthy member streams");
            return Optional.of(
                    "switchover: "
                            + who
                            + " from me and could not receive the end of my WAL, I stay"
                            + " leader");
        }
        return Optional.empty();
    }

    // ---- holding the clients of proxies

    private static Decision stage(HaView view, Versioned<FailoverRequest> asked) {
        HaSettings.Drain drain = view.settings().drain();
        Optional<Hold> begun =
                view.memory().hold().filter(hold -> hold.request() == asked.revision());
        if (begun.filter(hold -> hold.stage() == Hold.Stage.GIVEN_UP).isPresent()) {
            return HaPolicy.of(
                    view,
                    Rule.SWITCHOVER_ABORTED,
                    "switchover given up: the store could not be read while clients were held, they"
                            + " went on here",
                    new Command.ClearFailover(asked.revision()));
        }
        if (proxies(view).isEmpty() || drain.limit().isZero()) {
            return stop(view, Command.Before.CHECKPOINT);
        }
        if (begun.isEmpty()) {
            Hold first = new Hold(asked.revision(), Hold.Stage.CHECKPOINT, view.now());
            return HaPolicy.of(
                            view,
                            Rule.SWITCHOVER_PREPARES,
                            "switchover: writing a checkpoint before clients are held",
                            new Command.Checkpoint())
                    .remembering(view.memory().withHold(Optional.of(first)));
        }
        return begun.get().stage() == Hold.Stage.CHECKPOINT
                ? holds(view, begun.get().at(Hold.Stage.HOLDING, view.now()))
                : holding(view, asked, begun.get());
    }

    /// Told with the decision; the answers wake the loop.
    private static Decision holds(HaView view, Hold hold) {
        return HaPolicy.of(view, Rule.SWITCHOVER_HOLDS, "switchover: clients of proxies are held")
                .remembering(view.memory().withHold(Optional.of(hold)))
                .recheckIn(RECHECK);
    }

    private static Decision holding(HaView view, Versioned<FailoverRequest> asked, Hold hold) {
        List<ProxyStanding> busy =
                proxies(view).stream().filter(proxy -> !proxy.isQuietFor(hold.request())).toList();
        if (busy.isEmpty()) {
            return stop(view, Command.Before.NOTHING);
        }
        HaSettings.Drain drain = view.settings().drain();
        Duration held = view.now().since(hold.since());
        if (held.compareTo(drain.limit()) < 0) {
            Duration left = drain.limit().minus(held);
            return HaPolicy.of(
                            view,
                            Rule.SWITCHOVER_HOLDS,
                            "switchover: clients are held, waiting for " + described(busy, hold))
                    .recheckIn(left.compareTo(RECHECK) < 0 ? left : RECHECK);
        }
        return switch (drain.atEnd()) {
            case TERMINATE -> stop(view, Command.Before.NOTHING);
            case ABORT ->
                    HaPolicy.of(
                                    view,
                                    Rule.SWITCHOVER_ABORTED,
                                    "switchover given up after toomai.switchover_drain of "
                                            + drain.limit().toMillis()
                                            + " ms, clients go on here: "
                                            + described(busy, hold),
                                    new Command.ClearFailover(asked.revision()))
                            .remembering(view.memory().withHold(Optional.empty()));
        };
    }

    /// Those that are connected to this node or to a member that is heard. Others cannot be told.
    private static List<ProxyStanding> proxies(HaView view) {
        Stream<ProxyStanding> elsewhere =
                heard(view).flatMap(heartbeat -> heartbeat.clients().proxies().stream());
        return Stream.concat(view.proxies().stream(), elsewhere).toList();
    }

    private static Stream<Heartbeat> heard(HaView view) {
        return heard(view, view.hearing(), view.now());
    }

    private static Stream<Heartbeat> heard(HaView view, List<Hearing> hearing, MonoTime now) {
        return hearing.stream()
                .filter(Hearing.Heard.class::isInstance)
                .map(Hearing.Heard.class::cast)
                .filter(heard -> now.since(heard.at()).compareTo(Heartbeat.patience(view)) < 0)
                .map(Hearing.Heard::latest);
    }

    /// For which request this leader has the clients of proxies wait.
    static OptionalLong ordered(HaView view) {
        return view.leads()
                ? view.memory().hold().filter(Hold::isInForce).stream()
                        .mapToLong(Hold::request)
                        .findFirst()
                : OptionalLong.empty();
    }

    /// For which request the proxies that are connected to this node must wait: what its leader
    /// says, as long as it is heard.
    static OptionalLong inForce(HaView view) {
        return inForce(view, view.hearing(), view.now());
    }

    static OptionalLong inForce(HaView view, List<Hearing> hearing, MonoTime now) {
        return view.leads()
                ? ordered(view)
                : heard(view, hearing, now)
                        .filter(heartbeat ->
                                view.otherLeader().filter(heartbeat.name()::equals).isPresent())
                        .flatMapToLong(heartbeat -> heartbeat.clients().hold().stream())
                        .findFirst();
    }

    private static String described(List<ProxyStanding> busy, Hold hold) {
        return busy.stream()
                .map(proxy ->
                        "proxy "
                                + proxy.name()
                                + (proxy.holds().isPresent()
                                                && proxy.holds().getAsLong() == hold.request()
                                        ? " with " + proxy.open() + " open transactions"
                                        : " to hold its clients"))
                .collect(Collectors.joining(", "));
    }

    private static Decision stop(HaView view, Command.Before before) {
        HaMemory memory = view.memory();
        return HaPolicy.of(
                        view,
                        Rule.LEADER_SWITCHES_OVER,
                        "switchover: demoting myself",
                        new Command.Stop(Command.StopMode.FAST, before, killAfter(view)))
                .remembering(
                        memory.withHandOverSince(Optional.of(view.now()))
                                .withHold(
                                        memory.hold()
                                                .map(hold ->
                                                        hold.at(Hold.Stage.STOPPING, view.now()))));
    }

    /// The hold as it goes on after a decision: until its request is gone, or what it led to is
    /// over. Proxies that are told that it has ended go on with whoever is primary. Without the
    /// store nobody can be given the lead, and a primary may go on for long: clients do not wait
    /// for that. That it was given up is known for as long as its request is there, also if the key
    /// has run out meanwhile.
    static Optional<Hold> kept(HaView view, HaMemory decided) {
        return decided.hold()
                .filter(hold -> view.leads() || hold.stage() == Hold.Stage.GIVEN_UP)
                .filter(hold ->
                        hold.stage() == Hold.Stage.STOPPING
                                ? decided.handOverSince().isPresent()
                                : view.cluster()
                                        .failover()
                                        .filter(asked -> asked.revision() == hold.request())
                                        .isPresent())
                .map(hold ->
                        hold.stage() == Hold.Stage.HOLDING
                                        && view.store() instanceof StoreReading.Unreadable
                                ? hold.at(Hold.Stage.GIVEN_UP, view.now())
                                : hold);
    }

    // ---- the request

    /// Whether the end of the WAL comes to that standby while this primary stops: without it nobody
    /// would be given the key, after a wait in which nobody can write.
    private static boolean receives(HaView view, Primary primary, MemberName name) {
        boolean cascades =
                view.cluster()
                        .member(name)
                        .flatMap(m -> m.tags().replicatefrom())
                        .filter(from -> !from.equals(view.me()))
                        .isPresent();
        return cascades
                || primary.senders().stream()
                        .filter(s -> s.applicationName().equalsIgnoreCase(name.value()))
                        .anyMatch(WalSender::isFollowed);
    }

    /// `primary_stop_timeout` counts in synchronous mode only: there whoever succeeds a primary
    /// that was killed has every confirmed commit.
    static Optional<Duration> killAfter(HaView view) {
        return view.settings().primary().stopTimeout().filter(_ -> RacePolicy.syncActive(view));
    }

    private static boolean failedBefore(HaView view) {
        return view.memory().handOverSince().isPresent()
                && view.task() instanceof LongTask.Idle(LongTask.Outcome.Failed failed)
                && failed.kind() == LongTask.Kind.STOP;
    }

    static Optional<String> senseless(HaView view, FailoverRequest request) {
        if (request.leader().isPresent() && !request.leader().get().equals(view.me())) {
            return Optional.of(
                    "switchover: leader name does not match: "
                            + request.leader().get()
                            + " != "
                            + view.me());
        }
        if (request.candidate().filter(view.me()::equals).isPresent()) {
            return Optional.of("switchover: I am already the leader");
        }
        return view.settings().isPaused() && request.candidate().isEmpty()
                ? Optional.of("switchover: in maintenance mode only to a named candidate")
                : Optional.empty();
    }

    /// Empty when the moment has come.
    static Optional<Decision> scheduled(
            HaView view, FailoverRequest request, Command clear, Supplier<Decision> goOn) {
        OffsetDateTime due;
        try {
            due = OffsetDateTime.parse(request.scheduledAt().orElseThrow());
        } catch (DateTimeException e) {
            return Optional.of(
                    HaPolicy.of(
                            view,
                            Rule.LEADER_DECLINES_SWITCHOVER,
                            "switchover: scheduled_at is not a time: "
                                    + request.scheduledAt().orElseThrow(),
                            clear));
        }
        Duration left = Duration.between(view.wallClock(), due.toInstant());
        Duration stale = view.settings().loopWait().multipliedBy(3).dividedBy(2).negated();
        if (left.compareTo(stale) < 0) {
            return Optional.of(
                    HaPolicy.of(
                            view,
                            Rule.LEADER_DECLINES_SWITCHOVER,
                            "switchover: its scheduled time has passed, cleared",
                            clear));
        }
        if (left.isPositive()) {
            Decision meanwhile = goOn.get();
            Duration wait = meanwhile.recheckIn().filter(d -> d.compareTo(left) < 0).orElse(left);
            return Optional.of(
                    left.compareTo(view.settings().loopWait()) < 0
                            ? meanwhile.recheckIn(wait)
                            : meanwhile);
        }
        return Optional.empty();
    }
}

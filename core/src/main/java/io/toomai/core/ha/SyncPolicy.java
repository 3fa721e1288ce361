package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Synchronous replication, one cycle of the leader: mode `on` (contract §4.11.1) here, mode
/// `quorum` by [QuorumPolicy].
///
/// The promise to keep: *whoever `/sync` names has every confirmed commit.* So a name leaves
/// `/sync` before it leaves `synchronous_standby_names`, and enters `/sync` only after the
/// parameter is in force and the standby has confirmed everything up to the moment it came into
/// force. Commands of one cycle run in order and stop at the first that fails, so a crash between
/// any two keeps the promise.
public final class SyncPolicy {
    private SyncPolicy() {}

    /// How soon a change under way is looked at again.
    private static final Duration RECHECK = Duration.ofMillis(100);

    /// What to do, and what to remember.
    public record Step(List<Command> commands, SyncMemory memory, Optional<Duration> recheckIn) {}

    /// The next step towards the wanted set of synchronous standbys.
    public static Step next(HaView view, Primary primary) {
        SyncMemory memory = remember(view, primary);
        if (!view.settings().isSynchronous()) {
            return turnOff(view, primary, memory);
        }
        Versioned<SyncState> stored = view.cluster().sync();
        SyncParameter live = parameter(view, primary.synchronousStandbyNames());
        boolean byQuorum =
                view.settings().synchronousMode() == HaSettings.SynchronousMode.QUORUM
                        || stored.value().quorum() > 0
                        || live.count() < live.names().size();
        if (byQuorum) {
            return quorum(view, primary, memory, live);
        }
        if (stored.value().leader().filter(view.me()::equals).isEmpty()) {
            SyncState alone = state(view, new TreeSet<>());
            return step(memory, new Command.WriteSync(alone, stored.revision()));
        }
        TreeSet<MemberName> voters = new TreeSet<>(stored.value().voters());
        TreeSet<MemberName> active = new TreeSet<>(active(view, primary));
        List<Command> commands = new ArrayList<>();

        SortedSet<MemberName> named = names(view, memory.names());
        TreeSet<MemberName> common = new TreeSet<>(voters);
        common.retainAll(active);
        common.retainAll(named);
        // A write of an earlier cycle whose answer was lost may still be under way. Before a name
        // leaves the parameter, `/sync` is written anew even if it looks right: that fails on a
        // late
        // change and outruns one that is not there yet.
        boolean dropsNames = !active.containsAll(named);
        if (!common.equals(voters) || dropsNames) {
            commands.add(new Command.WriteSync(state(view, common), stored.revision()));
        }
        String wanted = SyncNames.format(active, view.settings().synchronousModeStrict());
        if (!wanted.equals(primary.synchronousStandbyNames())) {
            commands.add(new Command.SetSynchronousStandbyNames(wanted));
            return new Step(commands, memory, Optional.of(RECHECK));
        }
        TreeSet<MemberName> confirmed = new TreeSet<>(active);
        confirmed.retainAll(memory.ready());
        confirmed.addAll(common);
        if (commands.isEmpty() && !confirmed.equals(voters)) {
            commands.add(new Command.WriteSync(state(view, confirmed), stored.revision()));
        }
        boolean settled = commands.isEmpty() && confirmed.equals(active);
        return new Step(commands, memory, settled ? Optional.empty() : Optional.of(RECHECK));
    }

    /// Mode `quorum`, and the way from it back to `on`: one change a cycle.
    private static Step quorum(
            HaView view, Primary primary, SyncMemory memory, SyncParameter live) {
        SyncState stored = view.cluster().sync().value();
        QuorumPolicy.Key key = new QuorumPolicy.Key(stored.voters(), stored.quorum());
        if (stored.leader().filter(view.me()::equals).isEmpty()) {
            SyncState heir = inherited(view);
            QuorumPolicy.Key promise = new QuorumPolicy.Key(heir.voters(), heir.quorum());
            return step(
                    memory,
                    write(
                            view,
                            QuorumPolicy.isAllowed(promise, live)
                                    ? promise
                                    : QuorumPolicy.Key.EMPTY));
        }
        boolean all = view.settings().synchronousMode() == HaSettings.SynchronousMode.ON;
        TreeSet<MemberName> active = new TreeSet<>(active(view, primary));
        SyncParameter target =
                SyncParameter.any(
                        all ? active.size() : view.settings().synchronousNodeCount(), active);
        return switch (QuorumPolicy.next(key, live, memory.ready(), target)) {
            case QuorumPolicy.Next.WriteKey(var next) -> step(memory, write(view, next));
            // A write of an earlier cycle may still be under way: see above.
            case QuorumPolicy.Next.SetParameter(var next) ->
                    new Step(
                            List.of(write(view, key), set(view, next)),
                            memory,
                            Optional.of(RECHECK));
            case QuorumPolicy.Next.Waiting _ ->
                    new Step(spelling(view, primary, live), memory, Optional.of(RECHECK));
            case QuorumPolicy.Next.Settled _ ->
                    new Step(spelling(view, primary, live), memory, Optional.empty());
        };
    }

    /// What the promise of the former leader becomes when this node, one of its voters, succeeds
    /// it: the former leader has all that it confirmed itself. Nothing is promised where this node
    /// was no voter.
    static SyncState inherited(HaView view) {
        SyncState stored = view.cluster().sync().value();
        if (stored.leader().filter(view.me()::equals).isPresent()) {
            return stored;
        }
        TreeSet<MemberName> voters = new TreeSet<>(stored.voters());
        boolean voter = voters.remove(view.me());
        if (!voter || stored.leader().isEmpty()) {
            return new SyncState(Optional.of(view.me()), 0, SyncState.EMPTY.voters());
        }
        voters.add(stored.leader().get());
        return new SyncState(Optional.of(view.me()), stored.quorum(), voters);
    }

    /// What a new leader demands from its first commit on, so that it keeps what `/sync` promises.
    static SyncParameter demandOf(SyncState promise) {
        return SyncParameter.any(promise.voters().size() - promise.quorum(), promise.voters());
    }

    private static Command write(HaView view, QuorumPolicy.Key key) {
        return new Command.WriteSync(
                new SyncState(Optional.of(view.me()), key.quorum(), key.voters()),
                view.cluster().sync().revision());
    }

    private static Command set(HaView view, SyncParameter parameter) {
        return new Command.SetSynchronousStandbyNames(text(view, parameter));
    }

    private static String text(HaView view, SyncParameter parameter) {
        return SyncNames.any(parameter, view.settings().synchronousModeStrict());
    }

    /// The same demand in other words: what mode `on` wrote, or strictness that was changed.
    private static List<Command> spelling(HaView view, Primary primary, SyncParameter live) {
        boolean on = view.settings().synchronousMode() == HaSettings.SynchronousMode.ON;
        return on || text(view, live).equals(primary.synchronousStandbyNames())
                ? List.of()
                : List.of(set(view, live));
    }

    private static boolean demandsSome(String text) {
        return SyncNames.count(text) < SyncNames.parse(text).size();
    }

    private static SyncParameter parameter(HaView view, String text) {
        SortedSet<MemberName> names = names(view, text);
        return new SyncParameter(Math.min(SyncNames.count(text), names.size()), names);
    }

    private static Step step(SyncMemory memory, Command command) {
        return new Step(List.of(command), memory, Optional.of(RECHECK));
    }

    private static SyncState state(HaView view, SortedSet<MemberName> voters) {
        return new SyncState(Optional.of(view.me()), 0, voters);
    }

    private static Step turnOff(HaView view, Primary primary, SyncMemory memory) {
        List<Command> commands = new ArrayList<>();
        Versioned<SyncState> stored = view.cluster().sync();
        if (!stored.value().isEmpty()) {
            commands.add(new Command.WriteSync(SyncState.EMPTY, stored.revision()));
            if (!primary.synchronousStandbyNames().isEmpty()) {
                commands.add(new Command.SetSynchronousStandbyNames(""));
            }
        }
        return new Step(commands, memory, Optional.empty());
    }

    /// A standby is ready when it is named in the live parameter and has confirmed as `sync` at or
    /// beyond the position at which the parameter came into force.
    private static SyncMemory remember(HaView view, Primary primary) {
        SyncMemory before = view.memory().sync();
        String names = primary.synchronousStandbyNames();
        SortedSet<MemberName> named = names(view, names);
        boolean changed = !names.equals(before.names());
        Lsn since = changed ? primary.flushed() : before.since();
        TreeSet<MemberName> ready = new TreeSet<>(before.ready());
        ready.retainAll(named);
        if (changed && (demandsSome(names) || demandsSome(before.names()))) {
            // Not everybody had to confirm what came before, so nobody is known to have it.
            ready.clear();
        }
        for (WalSender sender : primary.senders()) {
            Optional<Member> member = memberOf(view.cluster(), sender);
            boolean confirms =
                    sender.isStreaming()
                            && (sender.syncState().equals("sync")
                                    || sender.syncState().equals("quorum"))
                            && sender.flushed().filter(lsn -> !lsn.isBehind(since)).isPresent();
            // A set that has just come into force is confirmed by the next cycle at the earliest.
            if (!changed && confirms && member.filter(m -> named.contains(m.name())).isPresent()) {
                ready.add(member.get().name());
            }
        }
        return new SyncMemory(names, since, ready);
    }

    private static SortedSet<MemberName> names(HaView view, String parameter) {
        TreeSet<MemberName> named = new TreeSet<>();
        for (String name : SyncNames.parse(parameter)) {
            named.add(
                    view.cluster().members().stream()
                            .map(Member::name)
                            .filter(m -> m.value().equalsIgnoreCase(name))
                            .findFirst()
                            .orElseGet(() -> new MemberName(name)));
        }
        return named;
    }

    /// The standbys that should confirm: the best `synchronous_node_count` that can.
    private static List<MemberName> active(HaView view, Primary primary) {
        record Candidate(Member member, WalSender sender) {
            Lsn flushed() {
                return sender.flushed().orElse(Lsn.ZERO);
            }
        }
        List<Candidate> eligible = new ArrayList<>();
        for (WalSender sender : primary.senders()) {
            memberOf(view.cluster(), sender)
                    .filter(m -> sender.isStreaming() && sender.flushed().isPresent())
                    .filter(m -> m.isRunning() && !m.tags().nosync())
                    .filter(m -> !m.name().equals(view.me()))
                    .ifPresent(m -> eligible.add(new Candidate(m, sender)));
        }
        Lsn furthest =
                eligible.stream()
                        .map(Candidate::flushed)
                        .max(Comparator.naturalOrder())
                        .orElse(Lsn.ZERO);
        Lsn reference = eligible.size() == 1 ? primary.flushed() : furthest;
        HaSettings settings = view.settings();
        long allowed = settings.maximumLagOnSyncnode().bytes();
        TreeSet<MemberName> voters = new TreeSet<>(view.cluster().sync().value().voters());
        SortedSet<MemberName> named = names(view, primary.synchronousStandbyNames());
        Comparator<Candidate> bestFirst =
                Comparator.<Candidate, Boolean>comparing(c -> c.member().tags().nofailover())
                        .thenComparingLong(c -> -c.member().tags().syncPriority())
                        .thenComparing(c -> !voters.contains(c.member().name()))
                        // Else two that are equally far take turns, and commits wait for each turn.
                        .thenComparing(c -> !named.contains(c.member().name()))
                        .thenComparing(Candidate::flushed, Comparator.reverseOrder())
                        .thenComparing(c -> c.member().name());
        return eligible.stream()
                .filter(c -> allowed <= 0 || c.flushed().lagBehind(reference) <= allowed)
                .sorted(bestFirst)
                .map(c -> c.member().name())
                .distinct()
                .limit(
                        settings.synchronousMode() == HaSettings.SynchronousMode.QUORUM
                                ? Long.MAX_VALUE
                                : settings.synchronousNodeCount())
                .toList();
    }

    private static Optional<Member> memberOf(ClusterView cluster, WalSender sender) {
        return cluster.members().stream()
                .filter(m -> m.name().value().equalsIgnoreCase(sender.applicationName()))
                .findFirst();
    }
}

package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a node does while somebody else leads and its own PostgreSQL runs.
final class FollowerPolicy {
    private FollowerPolicy() {}

    static Decision decide(HaView view, Answering postgres) {
        return switch (postgres) {
            case Primary _ -> primary(view);
            case Standby standby -> {
                HaView noted = TakeoverPolicy.noting(view, standby);
                yield TakeoverPolicy.decide(noted, standby)
                        .orElseGet(() -> TakeoverPolicy.watching(noted, standby(noted, standby)));
            }
        };
    }

    private static Decision primary(HaView view) {
        if (view.settings().isPaused()) {
            return HaPolicy.of(
                    view, Rule.PRIMARY_WITHOUT_KEY, "continue to run as primary without lock");
        }
        String why = "demoting self because I do not have the lock and I was a leader";
        return HaPolicy.of(view, Rule.PRIMARY_WITHOUT_KEY, why, new Command.Fence(why));
    }

    private static Decision standby(HaView view, Standby standby) {
        Optional<Member> leader = view.cluster().leaderMember();
        if (leader.isPresent() && !view.settings().isPaused()) {
            Optional<Decision> diverged = diverged(view, standby, leader.get());
            if (diverged.isPresent()) {
                return diverged.get();
            }
        }
        Upstream wanted = upstream(view, standby.upstream());
        if (!wanted.equals(standby.upstream())) {
            return HaPolicy.of(
                    view,
                    Rule.FOLLOWER_CHANGES_UPSTREAM,
                    "following a different leader: " + wanted.text(),
                    new Command.Follow(wanted));
        }
        List<Command> commands = new ArrayList<>();
        if (standby.replay() == LocalPostgres.Replay.PAUSED && !view.settings().isPaused()) {
            commands.add(new Command.ResumeReplay());
        }
        if (view.configuration() == HaView.Configuration.STALE) {
            commands.add(new Command.ApplyConfiguration());
        }
        SlotPolicy.Step slots = SlotPolicy.ofStandby(view, standby);
        commands.addAll(slots.commands());
        Decision goesOn =
                HaPolicy.of(
                                view,
                                Rule.FOLLOWER_CONTINUES,
                                "no action. I am ("
                                        + view.me()
                                        + "), a secondary, and following a leader ("
                                        + view.otherLeader().map(MemberName::value).orElse("none")
                                        + ")",
                                commands)
                        .remembering(
                                view.memory()
                                        .withPrimaryDownSince(Optional.empty())
                                        .withHandOverSince(Optional.empty())
                                        .withRewindFailed(Optional.empty())
                                        .withSlots(slots.memory()));
        return FailsafePolicy.watching(view, goesOn);
    }

    /// A running standby that has WAL beyond the leader's fork stops; then [RecoveryPolicy] mends
    /// it.
    private static Optional<Decision> diverged(HaView view, Standby standby, Member leader) {
        RewindCheck check =
                RewindCheck.ofRunningStandby(
                        standby.server().timeline(),
                        Lsn.max(standby.received(), standby.replayed()),
                        leader.position().timeline(),
                        view.cluster().history());
        if (!(check instanceof RewindCheck.Needed(var why)) || outranItsKey(standby, leader)) {
            return Optional.empty();
        }
        if (remedy(view) instanceof Remedy.Operator) {
            return Optional.of(
                    HaPolicy.of(
                            view,
                            Rule.FOLLOWER_DIVERGED,
                            "diverged from the leader ("
                                    + leader.name()
                                    + "): "
                                    + why
                                    + ". Set use_pg_rewind, or run: reinit "
                                    + view.me()));
        }
        return Optional.of(
                HaPolicy.of(
                        view,
                        Rule.FOLLOWER_DIVERGED,
                        "diverged from the leader ("
                                + leader.name()
                                + "), stopping to mend: "
                                + why,
                        new Command.Stop(
                                Command.StopMode.FAST, Command.Before.NOTHING, Optional.empty())));
    }

    /// A new leader sends WAL of its timeline before its member key tells of it. No server sends
    /// WAL to a standby that is on a timeline ahead of its own, so who streams has not diverged.
    private static boolean outranItsKey(Standby standby, Member leader) {
        return standby.walReceiver() == LocalPostgres.WalReceiver.STREAMING
                && standby.upstream() instanceof Upstream.Server(var host, var port)
                && host.equals(leader.host())
                && port == leader.port()
                && leader.position().timeline().isBefore(standby.server().timeline());
    }

    /// How diverged data may be mended on this node.
    sealed interface Remedy {
        record Rewind() implements Remedy {}

        record Reclone(String why) implements Remedy {}

        record Operator() implements Remedy {}
    }

    static Remedy remedy(HaView view) {
        HaSettings settings = view.settings();
        boolean mayReclone =
                settings.removeDataDirectoryOnDivergedTimelines()
                        == HaSettings.OnDivergence.REPLACE;
        Optional<String> failed = view.memory().rewindFailed();
        if (settings.usePgRewind() == HaSettings.Rewind.ON && failed.isEmpty()) {
            // Without the tool a fresh copy is what the operator means by "rewind".
            return view.node().rewindTool() == LocalNode.RewindTool.INSTALLED
                    ? new Remedy.Rewind()
                    : new Remedy.Reclone("pg_rewind is not installed");
        }
        if (failed.isPresent()) {
            return mayReclone
                            || settings.removeDataDirectoryOnRewindFailure()
                                    == HaSettings.OnDivergence.REPLACE
                    ? new Remedy.Reclone("pg_rewind failed: " + failed.get())
                    : new Remedy.Operator();
        }
        return mayReclone
                ? new Remedy.Reclone("use_pg_rewind is off and the timelines have diverged")
                : new Remedy.Operator();
    }

    /// Where this node should stream from; what it has now where nothing better is known.
    static Upstream upstream(HaView view, Upstream now) {
        if (view.node().tags().nostream()) {
            return new Upstream.None();
        }
        ClusterView cluster = view.cluster();
        Optional<Member> named =
                view.node()
                        .tags()
                        .replicatefrom()
                        .filter(name -> !name.equals(view.me()))
                        .flatMap(cluster::member)
                        .filter(m -> m.isRunning() && !m.host().isEmpty());
        return named.or(cluster::leaderMember)
                .filter(m -> !m.name().equals(view.me()) && !m.host().isEmpty())
                .<Upstream>map(m -> new Upstream.Server(m.host(), m.port()))
                .orElse(now);
    }

    /// The leader as a source of data: only while it is running as primary and the cluster's
    /// identity is known (I4).
    static Optional<Command.Source> source(HaView view) {
        return view.cluster()
                .leaderMember()
                .filter(m -> !m.name().equals(view.me()))
                .filter(m -> m.isRunning() && leads(view, m.role()) && !m.host().isEmpty())
                .flatMap(m -> asSource(view, m));
    }

    private static boolean leads(HaView view, MemberRole role) {
        return role
                == (StandbyLeaderPolicy.applies(view)
                        ? MemberRole.STANDBY_LEADER
                        : MemberRole.PRIMARY);
    }

    private static Optional<Command.Source> asSource(HaView view, Member member) {
        return view.cluster().initialize() instanceof Initialize.Done(var system)
                ? Optional.of(
                        new Command.Source(
                                member.name(),
                                member.host(),
                                member.port(),
                                system,
                                StandbyLeaderPolicy.applies(view)
                                        ? Command.Source.Kind.MEMBER_OF_STANDBY_CLUSTER
                                        : Command.Source.Kind.MEMBER))
                : Optional.empty();
    }

    /// The member to clone from: the named one, one of those with the tag `clonefrom`, or the
    /// leader.
    static Optional<Command.Source> cloneSource(HaView view, Optional<MemberName> named) {
        Optional<Command.Source> leader = source(view);
        if (leader.isEmpty()) {
            return leader;
        }
        List<Member> offered =
                view.cluster().members().stream()
                        .filter(m ->
                                !m.name().equals(view.me()) && m.isRunning() && !m.host().isEmpty())
                        .filter(m ->
                                named.isPresent()
                                        ? m.name().equals(named.get())
                                        : m.tags().clonefrom() && !isLeader(view, m))
                        .toList();
        return anyOf(view, offered).flatMap(m -> asSource(view, m)).or(() -> leader);
    }

    private static boolean isLeader(HaView view, Member member) {
        return view.cluster().leader().isHeldBy(member.name());
    }

    /// The moment is the die: several nodes spread, and who tries again may try another.
    private static Optional<Member> anyOf(HaView view, List<Member> members) {
        return members.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        members.get(
                                Math.floorMod(Long.hashCode(view.now().nanos()), members.size())));
    }

    static Decision reinitialize(HaView view, LocalPostgres postgres, Optional<MemberName> named) {
        if (view.cluster().leader().isHeldBy(view.me()) || postgres instanceof Primary) {
            return HaPolicy.of(
                    view, Rule.REINITIALIZE_DECLINED, "I am the leader, can not reinitialize");
        }
        if (TakeoverPolicy.isBound(view)) {
            return HaPolicy.of(
                    view,
                    Rule.REINITIALIZE_DECLINED,
                    "pledged to take nothing from the leader, can not reinitialize now");
        }
        return cloneSource(view, named)
                .map(source ->
                        HaPolicy.of(
                                view,
                                Rule.REINITIALIZE_ASKED,
                                "reinitialize: copying anew from " + source.name(),
                                new Command.Reinitialize(source, "an operator asked")))
                .orElseGet(() ->
                        HaPolicy.of(
                                view,
                                Rule.REINITIALIZE_DECLINED,
                                "Cluster has no leader, can not reinitialize"));
    }
}

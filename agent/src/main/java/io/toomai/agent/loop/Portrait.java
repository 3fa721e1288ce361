package io.toomai.agent.loop;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Member.Flag;
import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How this node shows itself to others: the member document of contract §1.3, from the view alone.
public final class Portrait {
    private Portrait() {}

    /// @param proxyUrl of a proxy before PostgreSQL
    /// @param version dotted integers of the interface that we keep to
    public record Addresses(
            String connUrl, String apiUrl, Optional<String> proxyUrl, String version) {}

    /// @param scheduledRestart as published; empty when none
    public static Member of(
            HaView view, Addresses addresses, Map<String, Object> scheduledRestart) {
        LocalPostgres postgres = view.postgres();
        return new Member(
                view.me(),
                addresses.connUrl(),
                addresses.apiUrl(),
                state(view),
                role(view),
                addresses.version(),
                position(view),
                view.node().tags(),
                flags(view),
                pendingRestart(postgres),
                scheduledRestart,
                addresses.proxyUrl());
    }

    /// `state` as Patroni's readers know it.
    public static MemberState state(HaView view) {
        if (view.task() instanceof LongTask.Running(var kind, _, _)) {
            Optional<MemberState> during = during(kind);
            if (during.isPresent()) {
                return during.get();
            }
        }
        return switch (view.postgres()) {
            case LocalPostgres.NoDataDirectory _,
                    LocalPostgres.UnfinishedBootstrap _,
                    LocalPostgres.UnfinishedClone _ ->
                    MemberState.STOPPED;
            case LocalPostgres.Unusable _ -> MemberState.STOPPED;
            // A copy of a primary says that it is in production until it was started once.
            case LocalPostgres.Stopped(var control, var startsAs) ->
                    control.state() == ControlFacts.State.IN_PRODUCTION
                                    && startsAs == LocalPostgres.StartsAs.PRIMARY
                            ? MemberState.CRASHED
                            : MemberState.STOPPED;
            case LocalPostgres.Starting _ -> MemberState.STARTING;
            case LocalPostgres.Standby _, LocalPostgres.Primary _ -> MemberState.RUNNING;
            case LocalPostgres.Unresponsive _ -> MemberState.UNKNOWN;
        };
    }

    private static Optional<MemberState> during(LongTask.Kind kind) {
        return switch (kind) {
            case BOOTSTRAP -> Optional.of(MemberState.INITIALIZING);
            case CLONE, REINITIALIZE -> Optional.of(MemberState.CREATING_REPLICA);
            case RESTART, COPY_SLOTS -> Optional.of(MemberState.RESTARTING);
            case STOP -> Optional.of(MemberState.STOPPING);
            case START -> Optional.of(MemberState.STARTING);
            case REWIND -> Optional.of(MemberState.STOPPED);
            case PRE_PROMOTE, PROMOTE, CHECKPOINT -> Optional.empty();
        };
    }

    /// `role` as Patroni's readers know it.
    public static MemberRole role(HaView view) {
        if (view.task() instanceof LongTask.Running(var kind, _, _)
                && (kind == LongTask.Kind.CLONE || kind == LongTask.Kind.REINITIALIZE)) {
            return MemberRole.UNINITIALIZED;
        }
        return switch (view.postgres()) {
            case LocalPostgres.WithoutData _ -> MemberRole.UNINITIALIZED;
            case LocalPostgres.Stopped(_, var startsAs) -> role(startsAs);
            case LocalPostgres.Starting(_, var startsAs, _) -> role(startsAs);
            case LocalPostgres.Primary _ -> MemberRole.PRIMARY;
            case LocalPostgres.Standby _ ->
                    view.leads() && view.settings().standbyCluster().isPresent()
                            ? MemberRole.STANDBY_LEADER
                            : MemberRole.REPLICA;
            case LocalPostgres.Unresponsive(_, var last, _, _) ->
                    last == LocalPostgres.LastRole.PRIMARY
                            ? MemberRole.PRIMARY
                            : MemberRole.REPLICA;
        };
    }

    private static MemberRole role(LocalPostgres.StartsAs startsAs) {
        return startsAs == LocalPostgres.StartsAs.PRIMARY ? MemberRole.PRIMARY : MemberRole.REPLICA;
    }

    private static Member.Position position(HaView view) {
        return switch (view.postgres()) {
            case LocalPostgres.Primary primary ->
                    new Member.Position(
                            Optional.of(primary.flushed()),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            primary.server().timeline());
            case LocalPostgres.Standby standby ->
                    new Member.Position(
                            Optional.of(Lsn.max(standby.received(), standby.replayed())),
                            known(standby.received()),
                            known(standby.replayed()),
                            replicationState(standby),
                            standby.server().timeline());
            case LocalPostgres.Stopped(var control, _) -> timelineOnly(control.timeline());
            case LocalPostgres.Starting(var control, _, _) -> timelineOnly(control.timeline());
            case LocalPostgres.WithoutData _, LocalPostgres.Unresponsive _ ->
                    Member.Position.UNKNOWN;
        };
    }

    /// `streaming`, or that WAL comes from elsewhere.
    public static Optional<String> replicationState(LocalPostgres.Standby standby) {
        return Optional.of(
                standby.walReceiver() == LocalPostgres.WalReceiver.STREAMING
                        ? "streaming"
                        : "in archive recovery");
    }

    private static Member.Position timelineOnly(Timeline timeline) {
        return new Member.Position(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), timeline);
    }

    private static Optional<Lsn> known(Lsn lsn) {
        return lsn.isZero() ? Optional.empty() : Optional.of(lsn);
    }

    private static Set<Flag> flags(HaView view) {
        EnumSet<Flag> flags = EnumSet.noneOf(Flag.class);
        if (view.settings().isPaused()) {
            flags.add(Flag.PAUSED);
        }
        if (!pendingRestart(view.postgres()).isEmpty()) {
            flags.add(Flag.PENDING_RESTART);
        }
        if (view.postgres() instanceof LocalPostgres.Primary primary
                && primary.control().timeline().isBefore(primary.server().timeline())) {
            flags.add(Flag.CHECKPOINT_AFTER_PROMOTE_PENDING);
        }
        return flags;
    }

    private static Map<String, PendingValue> pendingRestart(LocalPostgres postgres) {
        return postgres instanceof LocalPostgres.Answering answering
                ? answering.server().pendingRestart()
                : Map.of();
    }
}

package io.toomai.agent.hooks;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres;
import java.util.Optional;

/// Which callback follows from what was done to PostgreSQL (contract §4.7): told of each act, it
/// answers with the callback that is due. Knows nothing of commands or processes. Thread safe.
///
/// A start that changes the role is no `on_start` but an `on_role_change`, and a restart no stop
/// and start. Until the first of all callbacks nobody outside knows a role, so none has changed.
final class CallbackRules {
    private MemberRole role = MemberRole.UNINITIALIZED;
    private Optional<CallbackAction> whenReady = Optional.of(CallbackAction.ON_START);
    private Audience audience = Audience.NOT_TOLD_YET;

    /// Whether anybody was told a role of this node by this process.
    private enum Audience {
        NOT_TOLD_YET,
        TOLD
    }

    /// An agent that finds PostgreSQL running learns the role from it, and in maintenance mode
    /// somebody else may have promoted it.
    synchronized void observed(LocalPostgres seen) {
        switch (seen) {
            case LocalPostgres.Primary _ -> role = MemberRole.PRIMARY;
            case LocalPostgres.Standby _ when role == MemberRole.UNINITIALIZED ->
                    role = MemberRole.REPLICA;
            case LocalPostgres.Standby _,
                    LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ -> {}
        }
    }

    /// PostgreSQL is about to be started.
    ///
    /// @param next primary or replica; a standby leader stays one until the cluster says otherwise
    /// @param cause `ON_START` or `ON_RESTART`
    synchronized void starting(MemberRole next, CallbackAction cause) {
        boolean standbyLeaderStays =
                role == MemberRole.STANDBY_LEADER && next == MemberRole.REPLICA;
        boolean changes =
                audience == Audience.TOLD
                        && role != MemberRole.UNINITIALIZED
                        && role != next
                        && !standbyLeaderStays;
        boolean untold =
                role == next && whenReady.filter(CallbackAction.ON_ROLE_CHANGE::equals).isPresent();
        whenReady = Optional.of(changes || untold ? CallbackAction.ON_ROLE_CHANGE : cause);
        role = standbyLeaderStays ? role : next;
    }

    /// PostgreSQL accepts connections after a start, or was found to.
    synchronized Optional<Callback> ready() {
        Optional<CallbackAction> due = whenReady;
        whenReady = Optional.empty();
        return due.map(this::told);
    }

    /// PostgreSQL ran and was told to stop, for whatever reason but a restart.
    synchronized Callback stopped() {
        whenReady = Optional.empty();
        return told(CallbackAction.ON_STOP);
    }

    /// PostgreSQL was told to promote. Told again it has not changed anything.
    synchronized Optional<Callback> promoting() {
        if (role == MemberRole.PRIMARY) {
            return Optional.empty();
        }
        role = MemberRole.PRIMARY;
        whenReady = Optional.empty();
        return Optional.of(told(CallbackAction.ON_ROLE_CHANGE));
    }

    /// PostgreSQL was told to read its configuration again.
    synchronized Callback reloaded() {
        return new Callback(CallbackAction.ON_RELOAD, role);
    }

    /// A cycle of the loop has ended like this.
    synchronized Optional<Callback> settled(Standing standing) {
        return switch (standing) {
            case UNSETTLED -> Optional.empty();
            case PRIMARY -> ready();
            case REPLICA -> becomes(MemberRole.REPLICA);
            case STANDBY_LEADER -> becomes(MemberRole.STANDBY_LEADER);
            case GIVEN_UP -> givenUp();
        };
    }

    /// Between replica and standby leader only the cluster's word changes.
    private Optional<Callback> becomes(MemberRole next) {
        boolean standby = role == MemberRole.REPLICA || role == MemberRole.STANDBY_LEADER;
        if (!standby || role == next) {
            return ready();
        }
        role = next;
        Optional<CallbackAction> due = whenReady;
        whenReady = Optional.empty();
        return Optional.of(
                told(
                        due.filter(_ -> audience == Audience.NOT_TOLD_YET)
                                .orElse(CallbackAction.ON_ROLE_CHANGE)));
    }

    private Optional<Callback> givenUp() {
        boolean led = role == MemberRole.PRIMARY || role == MemberRole.STANDBY_LEADER;
        if (!led) {
            return Optional.empty();
        }
        role = MemberRole.DEMOTED;
        return Optional.of(told(CallbackAction.ON_ROLE_CHANGE));
    }

    private Callback told(CallbackAction action) {
        audience = Audience.TOLD;
        return new Callback(action, role);
    }
}

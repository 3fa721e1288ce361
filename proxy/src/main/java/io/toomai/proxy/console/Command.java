package io.toomai.proxy.console;

import io.toomai.core.model.MemberName;
import io.toomai.proxy.route.Duty;
import java.util.Optional;

/// What can be said at the console.
public sealed interface Command {
    record Show(Subject subject) implements Command {}

    /// What drivers ask of any server, and do not need here.
    ///
    /// @param name as in `SHOW`
    record ShowParameter(String name, String value) implements Command {}

    /// Drivers set it at any server; nothing comes of it.
    record SetParameter() implements Command {}

    /// Something is to be done. Only for [Right#ADMIN].
    ///
    /// Where a database is absent, all are meant.
    sealed interface Order extends Command {
        /// What CommandComplete says when it is done.
        default String tag() {
            return switch (this) {
                case Pause _ -> "PAUSE";
                case Resume _ -> "RESUME";
                case Disable _ -> "DISABLE";
                case Enable _ -> "ENABLE";
                case Reconnect _ -> "RECONNECT";
                case Kill _ -> "KILL";
                case Assign assign -> assign.duty().name();
                case KillClient _ -> "KILL_CLIENT";
                case Suspend _ -> "SUSPEND";
                case Reload _ -> "RELOAD";
                case WaitClose _ -> "WAIT_CLOSE";
                case Set(String key, String value) -> "SET " + key + "=" + value;
                case Shutdown _ -> "SHUTDOWN";
            };
        }
    }

    record Pause(Optional<String> database) implements Order {}

    record Resume(Optional<String> database) implements Order {}

    record Disable(String database) implements Order {}

    record Enable(String database) implements Order {}

    record Reconnect(Optional<String> database) implements Order {}

    record Kill(Optional<String> database) implements Order {}

    /// What a member is there for, whatever its role.
    record Assign(MemberName member, Duty duty) implements Order {}

    /// @param id as SHOW CLIENTS shows it
    record KillClient(long id) implements Order {}

    record Suspend() implements Order {}

    record Reload() implements Order {}

    record WaitClose(Optional<String> database) implements Order {}

    record Set(String key, String value) implements Order {}

    record Shutdown(Manner manner) implements Order {
        /// What the end waits for.
        public enum Manner {
            NOW,
            WAIT_FOR_SERVERS,
            WAIT_FOR_CLIENTS
        }
    }
}

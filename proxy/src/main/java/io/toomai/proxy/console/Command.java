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
        String tag();
    }

    record Pause(Optional<String> database) implements Order {
        @Override
        public String tag() {
            return "PAUSE";
        }
    }

    record Resume(Optional<String> database) implements Order {
        @Override
        public String tag() {
            return "RESUME";
        }
    }

    record Disable(String database) implements Order {
        @Override
        public String tag() {
            return "DISABLE";
        }
    }

    record Enable(String database) implements Order {
        @Override
        public String tag() {
            return "ENABLE";
        }
    }

    record Reconnect(Optional<String> database) implements Order {
        @Override
        public String tag() {
            return "RECONNECT";
        }
    }

    record Kill(Optional<String> database) implements Order {
        @Override
        public String tag() {
            return "KILL";
        }
    }

    /// What a member is there for, whatever its role.
    record Assign(MemberName member, Duty duty) implements Order {
        @Override
        public String tag() {
            return duty.name();
        }
    }

    /// @param id as SHOW CLIENTS shows it
    record KillClient(long id) implements Order {
        @Override
        public String tag() {
            return "KILL_CLIENT";
        }
    }

    record Suspend() implements Order {
        @Override
        public String tag() {
            return "SUSPEND";
        }
    }

    record Reload() implements Order {
        @Override
        public String tag() {
            return "RELOAD";
        }
    }

    record WaitClose(Optional<String> database) implements Order {
        @Override
        public String tag() {
            return "WAIT_CLOSE";
        }
    }

    record Set(String key, String value) implements Order {
        @Override
        public String tag() {
            return "SET " + key + "=" + value;
        }
    }

    record Shutdown(Manner manner) implements Order {
        @Override
        public String tag() {
            return "SHUTDOWN";
        }

        /// What the end waits for.
        public enum Manner {
            NOW,
            WAIT_FOR_SERVERS,
            WAIT_FOR_CLIENTS
        }
    }
}

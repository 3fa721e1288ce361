package io.toomai.proxy.console;

import java.util.function.Consumer;

/// What can be done to a proxy. Called on the proxy's event loop.
public interface Orders {
    /// Does it, now or when it can be done; then says so once, on the event loop, too.
    ///
    /// @param by who is to be told, and whose leaving may undo it
    void carryOut(Command.Order order, Owner by, Consumer<Outcome> then);

    /// Somebody is gone: what was ordered and is not done yet is nobody's wish any more.
    void left(Owner owner);

    /// What somebody has ordered and waits for is not wanted any more: it ends, and they are told.
    void cancel(Owner owner);

    /// How an order ended.
    sealed interface Outcome {
        record Done() implements Outcome {}

        /// Done, with something to say.
        record Noted(String notice) implements Outcome {}

        /// @param code SQLSTATE
        /// @param hint what could be done; empty if there is nothing to say
        record Refused(String code, String why, String hint) implements Outcome {
            public Refused(String code, String why) {
                this(code, why, "");
            }

            public Refused(String why) {
                this(CODE, why);
            }

            /// What PgBouncer calls all its errors.
            public static final String CODE = "08P01";
        }
    }

    /// Who gives orders: a console's client, or a signal.
    ///
    /// @param number no other owner in this process has it
    /// @param name for logs and tables, such as `admin@10.0.0.1:40210`
    record Owner(long number, String name) {
        /// No console has it: the process itself, which never leaves.
        public static final long PROCESS = 0;
    }
}

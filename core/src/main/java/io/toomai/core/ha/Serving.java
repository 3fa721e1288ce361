package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.time.Duration;

/// Whether the local primary serves its clients: what a probe has found out that connects, asks and
/// writes as a client does, beside the loop and with a deadline of its own (decision 0010).
public sealed interface Serving {
    /// There is no primary here, or nobody has looked yet.
    record NotProbed() implements Serving {}

    /// The latest probe was answered in full.
    record Serves() implements Serving {}

    /// The latest probes have failed.
    ///
    /// @param since when the first failed probe of those in a row was begun
    /// @param failures in a row
    record Troubled(Trouble trouble, MonoTime since, int failures, String why) implements Serving {}

    /// What keeps a living PostgreSQL from serving.
    enum Trouble {
        /// A new connection, or a query on it, is not answered.
        FROZEN("frozen", Effect.NOBODY_IS_SERVED),
        /// Queries are answered, and WAL does not become durable.
        STALLED_DISK("stalled disk", Effect.NOBODY_IS_SERVED),
        /// Not even a superuser gets a connection (SQLSTATE 53300): it serves those who have one.
        TOO_MANY_CONNECTIONS("too many connections", Effect.OTHERS_ARE_SERVED),
        /// It answered with an error of another kind.
        ERROR("error", Effect.OTHERS_ARE_SERVED),
        /// Queries are answered, and its file system takes nothing more: nobody can write.
        FULL_DISK("full disk", Effect.NOBODY_IS_SERVED);

        private final String text;
        private final Effect effect;

        Trouble(String text, Effect effect) {
            this.text = text;
            this.effect = effect;
        }

        /// The word for it in documents and logs.
        public String text() {
            return text;
        }

        public boolean hitsEverybody() {
            return effect == Effect.NOBODY_IS_SERVED;
        }
    }

    /// Whom a trouble hits: only what hits everybody is a reason to give the lead away.
    enum Effect {
        NOBODY_IS_SERVED,
        OTHERS_ARE_SERVED
    }

    /// After one more probe that failed. Troubles that hit everybody follow each other without a
    /// new beginning: a frozen server whose disk stalls has not served in between.
    ///
    /// @param begun when that probe was begun
    default Serving failed(Trouble trouble, MonoTime begun, String why) {
        return this instanceof Troubled(var last, var since, var failures, _)
                        && last.hitsEverybody() == trouble.hitsEverybody()
                ? new Troubled(trouble, since, failures + 1, why)
                : new Troubled(trouble, begun, 1, why);
    }

    /// Nobody is served at the moment, as far as the latest probe says.
    default boolean isDoubtful() {
        return this instanceof Troubled troubled && troubled.trouble().hitsEverybody();
    }

    /// Nobody has been served for so long. One failure is never enough: a process of ours that
    /// stood still sees its own delay as the server's, but only once.
    default boolean isHung(MonoTime now, Duration limit) {
        return this instanceof Troubled troubled
                && troubled.trouble().hitsEverybody()
                && troubled.failures() > 1
                && now.since(troubled.since()).compareTo(limit) >= 0;
    }
}

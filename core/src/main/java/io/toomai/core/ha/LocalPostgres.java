package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.util.List;

/// What the local PostgreSQL is right now. Exactly one of these, never a set of flags.
public sealed interface LocalPostgres {
    /// There is no data directory that a server could run on.
    sealed interface WithoutData extends LocalPostgres {}

    /// The data directory is missing or empty.
    record NoDataDirectory() implements WithoutData {}

    /// A data directory that a bootstrap of ours left unfinished; nobody has used it yet.
    record UnfinishedBootstrap() implements WithoutData {}

    /// A data directory that a clone of ours left unfinished.
    record UnfinishedClone() implements WithoutData {}

    /// Something is there that PostgreSQL cannot be started from: unreadable, damaged `pg_control`,
    /// made by another major version.
    record Unusable(String why) implements WithoutData {}

    /// No postmaster runs.
    record Stopped(ControlFacts control, StartsAs startsAs) implements LocalPostgres {}

    /// A postmaster lives but accepts no connections yet.
    record Starting(ControlFacts control, StartsAs startsAs, MonoTime since)
            implements LocalPostgres {}

    /// It answers queries, so it tells of itself.
    sealed interface Answering extends LocalPostgres {
        /// What it says of itself, in recovery or not.
        ServerFacts server();

        /// End of the WAL that it has.
        Lsn end();
    }

    /// In recovery.
    ///
    /// @param received end of WAL received, or replayed from elsewhere, whichever is further
    /// @param upstream what `primary_conninfo` says
    record Standby(
            ServerFacts server,
            Lsn received,
            Lsn replayed,
            Upstream upstream,
            WalReceiver walReceiver,
            Replay replay)
            implements Answering {
        boolean isPromoting() {
            return replay == Replay.PROMOTING;
        }

        @Override
        public Lsn end() {
            return received;
        }
    }

    /// Not in recovery.
    ///
    /// @param flushed end of durable WAL
    /// @param synchronousStandbyNames the live parameter
    /// @param control facts of `pg_control`; its timeline is behind until the first checkpoint
    ///   after a promotion
    record Primary(
            ServerFacts server,
            Lsn flushed,
            List<WalSender> senders,
            String synchronousStandbyNames,
            ControlFacts control)
            implements Answering {
        public Primary {
            senders = List.copyOf(senders);
        }

        @Override
        public Lsn end() {
            return flushed;
        }
    }

    /// A postmaster lives that was ready before, but queries fail or do not return.
    ///
    /// @param last what it was when it last answered
    record Unresponsive(ControlFacts control, LastRole last, MonoTime since, String why)
            implements LocalPostgres {}

    /// What a start would make of the directory: decided by `standby.signal` and `recovery.signal`.
    enum StartsAs {
        PRIMARY,
        STANDBY
    }

    /// What a server was when it last answered.
    enum LastRole {
        PRIMARY,
        STANDBY,
        UNKNOWN
    }

    /// State of the WAL receiver.
    enum WalReceiver {
        STREAMING,
        NOT_STREAMING
    }

    /// Whether replay goes on (`pg_is_wal_replay_paused`), or this server was told to end it: then
    /// it may be a primary at any moment, whatever has become of the agent that told it.
    enum Replay {
        RUNNING,
        PAUSED,
        PROMOTING
    }
}

package io.toomai.core.ha;

import io.toomai.core.model.Lsn;

/// Where a server's WAL ends, asked between two observations of it.
public sealed interface WalEnd {
    /// @param flushed end of durable WAL
    record OfPrimary(Lsn flushed) implements WalEnd {}

    /// @param received end of WAL received, or replayed from elsewhere, whichever is further
    record OfStandby(Lsn received, Lsn replayed) implements WalEnd {}

    /// As just observed.
    static WalEnd of(LocalPostgres.Answering observed) {
        return switch (observed) {
            case LocalPostgres.Primary primary -> new OfPrimary(primary.flushed());
            case LocalPostgres.Standby standby ->
                    new OfStandby(standby.received(), standby.replayed());
        };
    }

    /// What was observed, with this position. A server that is on the other side of a promotion by
    /// now is left as observed: the next cycle tells of it with everything that goes with it.
    default LocalPostgres in(LocalPostgres.Answering observed) {
        return switch (this) {
            case OfPrimary(var flushed) when observed instanceof LocalPostgres.Primary primary ->
                    new LocalPostgres.Primary(
                            primary.server(),
                            flushed,
                            primary.senders(),
                            primary.synchronousStandbyNames(),
                            primary.control());
            case OfStandby(var received, var replayed)
                    when observed instanceof LocalPostgres.Standby standby ->
                    new LocalPostgres.Standby(
                            standby.server(),
                            received,
                            replayed,
                            standby.upstream(),
                            standby.walReceiver(),
                            standby.replay());
            case OfPrimary _, OfStandby _ -> observed;
        };
    }
}

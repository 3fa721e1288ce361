package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// A planned switchover before which the clients of proxies are asked to wait, so that none of them
/// sees an error (design §6).
///
/// No safety rests on it: who does not hear of it, or does not wait, gets the errors of a server
/// that stops, and nothing is sent twice.
///
/// @param request revision of the failover key that asks for the switchover: a number that no other
///   request of this cluster has
/// @param since when its stage began
public record Hold(long request, Stage stage, MonoTime since) {
    /// How far it is.
    public enum Stage {
        /// A checkpoint is written first, while clients go on: it shortens the stop.
        CHECKPOINT,
        /// Proxies let nobody begin anything; what runs may finish.
        HOLDING,
        /// PostgreSQL is stopped.
        STOPPING,
        /// The store was lost while clients were held. They go on, and what proxies have told of
        /// this request counts no more: it is given up as soon as the store can be told so.
        GIVEN_UP
    }

    /// Whether proxies are to wait.
    public boolean isInForce() {
        return switch (stage) {
            case HOLDING, STOPPING -> true;
            case CHECKPOINT, GIVEN_UP -> false;
        };
    }

    /// Whether everybody waits whom a leader has asked to, and nothing is under way any more.
    ///
    /// @param request that the leader waits for; empty where it waits for none
    public static boolean isQuiet(OptionalLong request, Stream<ProxyStanding> proxies) {
        return request.isPresent()
                && proxies.allMatch(proxy -> proxy.isQuietFor(request.getAsLong()));
    }

    /// For which request the proxies that are connected to this node must wait: what its leader
    /// says, as long as it is heard.
    public static OptionalLong inForce(HaView view) {
        return SwitchoverPolicy.inForce(view);
    }

    /// The same by what is heard now.
    ///
    /// @param hearing perhaps later than the view's
    public static OptionalLong inForce(HaView view, List<Hearing> hearing, MonoTime now) {
        return SwitchoverPolicy.inForce(view, hearing, now);
    }

    Hold at(Stage next, MonoTime now) {
        return new Hold(request, next, now);
    }
}

package io.toomai.proxy.net;

import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.tls.ClientTls;
import io.toomai.proxy.tls.ClientTls.Demand;
import io.toomai.wire.ScramServer;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.OptionalInt;

/// What a connection has shown before it says who it is.
///
/// @param door where the port leads to by which it came
/// @param binding what the TLS session, if any, allows
/// @param certificate of the client's, already found to be trusted
/// @param trust by whom: [ClientTls.On#trust]; empty in plain
/// @param systemUser the number of the user at the other end of a Unix socket
record Arrival(
        Origin origin,
        Route door,
        ScramServer.Binding binding,
        Optional<X509Certificate> certificate,
        String trust,
        OptionalInt systemUser) {

    static Arrival plain(
            Optional<InetAddress> address, int port, Route door, OptionalInt systemUser) {
        return new Arrival(
                new Origin(address, port, ""),
                door,
                new ScramServer.Binding.Impossible(),
                Optional.empty(),
                "",
                systemUser);
    }

    /// The same, as a balancer before us tells it.
    Arrival from(InetAddress address, int port) {
        return new Arrival(
                new Origin(Optional.of(address), port, origin.tls()),
                door,
                binding,
                certificate,
                trust,
                systemUser);
    }

    /// Whether it could have come so to where this is in force, to prove who it is by that method.
    boolean isTakenBy(ClientTls tls, HbaMethod method) {
        return switch (tls) {
            case ClientTls.Off _ -> method != HbaMethod.CERT;
            case ClientTls.On(_, var demand, var trusted) ->
                    (method != HbaMethod.CERT || trust.equals(trusted))
                            && (isLocal() || satisfies(demand, trusted));
        };
    }

    private boolean satisfies(Demand demand, String trusted) {
        return switch (demand) {
            case OFFERED -> true;
            case REQUIRED -> isEncrypted();
            case VERIFIED -> certificate.isPresent() && trust.equals(trusted);
        };
    }

    boolean isEncrypted() {
        return !origin.tls().isEmpty();
    }

    boolean isLocal() {
        return origin.address().isEmpty();
    }
}

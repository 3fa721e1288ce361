package io.toomai.dcs.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/// Why TLS to a store's server did not come about, in words that say what to change. Java's own
/// name classes and alerts.
final class TlsFailure {
    /// What servers say about a client's certificate (RFC 8446, 6.2). Go says `bad_certificate` or
    /// `certificate_required` when there is none.
    private static final List<String> ALERTS =
            List.of(
                    "bad_certificate",
                    "certificate_required",
                    "certificate_unknown",
                    "certificate_expired",
                    "certificate_revoked",
                    "unsupported_certificate",
                    "unknown_ca",
                    "access_denied",
                    "handshake_failure");

    private static final String OURS =
            "set cert and key to a certificate that is valid and signed by an authority it trusts";

    private TlsFailure() {}

    /// A server that wants another certificate may hang up before its alert arrives, and one that
    /// speaks no TLS hangs up too.
    ///
    /// @param failure of the handshake, or of what followed it before the first answer
    /// @param certified the name that the server's certificate must carry
    static IOException explained(IOException failure, String certified) {
        return known(failure, certified).orElseGet(() -> hangUp(failure).orElse(failure));
    }

    private static Optional<IOException> hangUp(IOException failure) {
        boolean closed =
                has(failure, EOFException.class).isPresent()
                        || has(failure, SocketException.class).isPresent();
        return closed
                ? Optional.of(
                        new IOException(
                                "it ended the connection before its first answer ("
                                        + failure.getMessage()
                                        + "): if it asks for certificates of its clients, "
                                        + OURS
                                        + "; if it does not speak TLS, set the protocol to http",
                                failure))
                : Optional.empty();
    }

    private static Optional<IOException> known(IOException failure, String certified) {
        return ofServer(failure, certified)
                .or(() -> ofClient(failure))
                .map(why -> new SSLException(why, failure));
    }

    private static Optional<String> ofServer(IOException failure, String certified) {
        if (has(failure, CertificateExpiredException.class).isPresent()) {
            return Optional.of("its certificate has expired: give this server a new one");
        }
        if (has(failure, CertificateNotYetValidException.class).isPresent()) {
            return Optional.of(
                    "its certificate is not valid yet: compare the clocks of this node and of the"
                            + " server, or give the server another one");
        }
        if (has(failure, CertPathBuilderException.class).isPresent()
                || has(failure, CertPathValidatorException.class).isPresent()) {
            return Optional.of(
                    "its certificate is signed by no authority that is trusted here: set cacert to a"
                            + " file that holds its authority");
        }
        return has(failure, CertificateException.class)
                .map(why ->
                        "its certificate is not one for "
                                + certified
                                + " ("
                                + why.getMessage()
                                + "): name the server as its certificate does, or give it another"
                                + " one");
    }

    private static Optional<String> ofClient(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return Optional.of("it does not speak TLS: set the protocol to http");
        }
        return message.contains("Received fatal alert")
                ? ALERTS.stream()
                        .filter(message::contains)
                        .findFirst()
                        .map(alert ->
                                "it does not accept the certificate of this member, or is shown"
                                        + " none ("
                                        + alert
                                        + "): "
                                        + OURS)
                : Optional.empty();
    }

    private static <T extends Throwable> Optional<T> has(Throwable failure, Class<T> kind) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (kind.isInstance(t)) {
                return Optional.of(kind.cast(t));
            }
        }
        return Optional.empty();
    }
}

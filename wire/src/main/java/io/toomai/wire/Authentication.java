package io.toomai.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Answers the server's authentication requests of one session: trust, SCRAM-SHA-256 (bound to the
/// TLS session where possible), md5, and a clear-text password only where nobody can listen.
final class Authentication {
    private static final String SCRAM = "SCRAM-SHA-256";
    private static final String SCRAM_PLUS = "SCRAM-SHA-256-PLUS";

    private final Credentials credentials;
    private final Path path;
    private final Optional<byte[]> certificateHash;
    private @Nullable ScramSha256 scram;
    private boolean scramVerified;

    /// What lies between us and the server.
    enum Path {
        ENCRYPTED,
        LOOPBACK,
        OPEN_NETWORK
    }

    Authentication(Credentials credentials, Path path, Optional<byte[]> certificateHash) {
        this.credentials = credentials;
        this.path = path;
        this.certificateHash = certificateHash;
    }

    enum Progress {
        CONTINUES,
        DONE
    }

    /// Handles one authentication message.
    Progress answer(Payload request, FrameWriter writer) throws IOException {
        int kind = request.int32();
        switch (kind) {
            case 0 -> {
                if (scram != null && !scramVerified) {
                    throw failure("the server skipped the proof that it knows the password");
                }
                return Progress.DONE;
            }
            case 3 -> writer.password(clearText());
            case 5 ->
                    writer.password(
                            Md5Password.response(
                                    new Credentials(credentials.user(), password()),
                                    request.bytes(4)));
            case 10 -> startScram(mechanisms(request), writer);
            case 11 -> writer.saslResponse(scramInProgress().clientFinal(text(request)));
            case 12 -> {
                scramInProgress().verify(text(request));
                scramVerified = true;
            }
            default ->
                    throw failure(
                            "the server wants authentication method "
                                    + kind
                                    + "; supported are scram-sha-256, md5, password and trust"
                                    + " (change the line in pg_hba.conf)");
        }
        return Progress.CONTINUES;
    }

    private String clearText() {
        if (path == Path.OPEN_NETWORK) {
            throw failure(
                    "the server wants the password in clear text over an unencrypted network;"
                            + " refused (use TLS, or scram-sha-256 in pg_hba.conf)");
        }
        return password();
    }

    private void startScram(List<String> offered, FrameWriter writer) throws IOException {
        boolean plus = offered.contains(SCRAM_PLUS) && certificateHash.isPresent();
        if (!plus && !offered.contains(SCRAM)) {
            throw failure("the server offers none of our SASL mechanisms: " + offered);
        }
        ScramSha256.Binding binding =
                certificateHash
                        .map(hash ->
                                plus
                                        ? ScramSha256.Binding.serverEndPoint(hash)
                                        : ScramSha256.Binding.notOffered())
                        .orElseGet(ScramSha256.Binding::none);
        var exchange =
                new ScramSha256(
                        "",
                        new ScramKnowledge.Password(password()),
                        ScramSha256.freshNonce(),
                        binding);
        scram = exchange;
        scramVerified = false;
        writer.saslInitial(plus ? SCRAM_PLUS : SCRAM, exchange.clientFirst());
    }

    private ScramSha256 scramInProgress() {
        if (scram == null) {
            throw failure("the server continues a SASL exchange that was not started");
        }
        return scram;
    }

    private String password() {
        if (credentials.password().isEmpty()) {
            throw failure(
                    "the server wants a password for user "
                            + credentials.user()
                            + " and none is configured");
        }
        return credentials.password();
    }

    private static List<String> mechanisms(Payload request) {
        List<String> names = new ArrayList<>();
        for (String name = request.cstring(); !name.isEmpty(); name = request.cstring()) {
            names.add(name);
        }
        return names;
    }

    private static String text(Payload request) {
        return new String(request.bytes(request.remaining()), StandardCharsets.UTF_8);
    }

    private static WireException failure(String message) {
        return new WireException(WireException.Code.WIRE_AUTHENTICATION, message);
    }
}

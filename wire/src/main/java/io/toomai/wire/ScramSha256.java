package io.toomai.wire;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/// The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), with or without channel binding. One
/// object per exchange: `clientFirst`, `clientFinal`, `verify`, in this order. The exchange has
/// succeeded only when `verify` returned: then the server has proven that it knows the password
/// too.
public final class ScramSha256 {
    /// About a second of computing; a server that asks for more would only keep us busy.
    static final int MAX_ITERATIONS = 1_000_000;

    private final ScramKnowledge knowledge;
    private final Binding binding;
    private final String clientFirstBare;
    private final String clientNonce;
    private byte[] serverSignature = new byte[0];

    /// How this exchange is tied to the TLS session beneath it: the GS2 header, and the header with
    /// the bytes that both sides must see alike, in base64.
    public record Binding(String gs2Header, String input) {
        /// The client does not support channel binding (no TLS).
        public static Binding none() {
            return of("n,,", new byte[0]);
        }

        /// The client could bind but the server did not offer it; a server that did notices.
        public static Binding notOffered() {
            return of("y,,", new byte[0]);
        }

        public static Binding serverEndPoint(byte[] certificateHash) {
            return of("p=tls-server-end-point,,", certificateHash);
        }

        private static Binding of(String gs2Header, byte[] data) {
            byte[] header = ScramCrypto.utf8(gs2Header);
            byte[] input = Arrays.copyOf(header, header.length + data.length);
            System.arraycopy(data, 0, input, header.length, data.length);
            return new Binding(gs2Header, ScramCrypto.encode(input));
        }
    }

    /// @param user PostgreSQL ignores it here and takes the one of the startup packet
    public ScramSha256(String user, ScramKnowledge knowledge, String clientNonce, Binding binding) {
        this.knowledge = knowledge;
        this.binding = binding;
        this.clientNonce = clientNonce;
        this.clientFirstBare =
                "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + clientNonce;
    }

    public static String freshNonce() {
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    public String clientFirst() {
        return binding.gs2Header() + clientFirstBare;
    }

    public String clientFinal(String serverFirst) {
        String[] parts = serverFirst.split(",", -1);
        if (parts.length < 3) {
            throw failure("the server's first SCRAM message is incomplete");
        }
        String nonce = attribute(parts[0], 'r');
        byte[] salt = base64(attribute(parts[1], 's'), "salt");
        int iterations = iterations(attribute(parts[2], 'i'), knowledge.leastIterations());
        if (!nonce.startsWith(clientNonce) || nonce.length() == clientNonce.length()) {
            throw failure("the server's SCRAM nonce does not continue ours");
        }

        String withoutProof = "c=" + binding.input() + ",r=" + nonce;
        byte[] message = ScramCrypto.utf8(clientFirstBare + "," + serverFirst + "," + withoutProof);
        ScramKnowledge.Keys keys = knowledge.keys(salt, iterations);
        byte[] proof = keys.client().clone();
        ScramCrypto.xor(proof, ScramCrypto.hmac(ScramCrypto.sha256(keys.client()), message));
        serverSignature = ScramCrypto.hmac(keys.server(), message);
        return withoutProof + ",p=" + ScramCrypto.encode(proof);
    }

    /// @throws WireException when the server cannot prove that it knows the password
    public void verify(String serverFinal) {
        if (serverFinal.startsWith("e=")) {
            throw failure("the server refused the SCRAM exchange: " + serverFinal.substring(2));
        }
        byte[] signature =
                base64(attribute(serverFinal.split(",", -1)[0], 'v'), "server signature");
        if (serverSignature.length == 0 || !MessageDigest.isEqual(signature, serverSignature)) {
            throw failure(
                    "the server did not prove that it knows the password;"
                            + " it may not be the server it claims to be");
        }
    }

    private static int iterations(String text, int least) {
        int count;
        try {
            count = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new WireException(
                    WireException.Code.WIRE_AUTHENTICATION,
                    "the server's SCRAM iteration count is not a number: " + text,
                    e);
        }
        if (count < least || count > MAX_ITERATIONS) {
            throw failure(
                    "the server asks for "
                            + count
                            + " SCRAM iterations; accepted are "
                            + least
                            + " to "
                            + MAX_ITERATIONS
                            + " (set scram_iterations and store the password again)");
        }
        return count;
    }

    private static String attribute(String part, char name) {
        if (part.length() < 2 || part.charAt(0) != name || part.charAt(1) != '=') {
            throw failure("a SCRAM message of the server lacks its attribute '" + name + "'");
        }
        return part.substring(2);
    }

    private static byte[] base64(String text, String what) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new WireException(
                    WireException.Code.WIRE_AUTHENTICATION,
                    "the server's SCRAM " + what + " is not base64",
                    e);
        }
    }

    private static WireException failure(String message) {
        return new WireException(WireException.Code.WIRE_AUTHENTICATION, message);
    }
}

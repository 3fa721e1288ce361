package io.toomai.wire;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/// The server's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), with or without channel binding. One
/// object per exchange: `serverFirst`, `serverFinal`, in this order. All messages come from
/// somebody who is not known yet: whatever is wrong with them is a [WireException] without their
/// content.
public final class ScramServer {
    private final ScramVerifier verifier;
    private final Binding binding;
    private final String serverNonce;
    private Exchange exchange = new Exchange("", "", "");

    /// What was said so far.
    private record Exchange(String gs2Header, String clientFirstBare, String serverFirst) {}

    /// What the TLS session under the exchange allows.
    public sealed interface Binding {
        /// There is none, or its certificate has no hash.
        record Impossible() implements Binding {}

        /// `SCRAM-SHA-256-PLUS` was offered.
        ///
        /// @param certificateHash `tls-server-end-point`
        record Offered(String certificateHash) implements Binding {
            /// @param hash of the server's certificate (RFC 5929 §4)
            public static Offered of(byte[] hash) {
                return new Offered(ScramCrypto.encode(hash));
            }
        }
    }

    /// Which of the two mechanisms the client chose.
    public enum Mechanism {
        PLAIN,
        PLUS
    }

    /// The client has proven that it knows the password.
    ///
    /// @param message for the client, which proves the same of the server
    /// @param clientKey with it one logs in to another server that keeps the same verifier; a
    ///   secret
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Proven(String message, byte[] clientKey) {
        @Override
        public String toString() {
            return "Proven";
        }
    }

    /// @param serverNonce fresh and random, printable, without a comma
    public ScramServer(ScramVerifier verifier, Binding binding, String serverNonce) {
        this.verifier = verifier;
        this.binding = binding;
        this.serverNonce = serverNonce;
    }

    /// @throws WireException if the client's first message is none, or was tampered with
    public String serverFirst(String clientFirst, Mechanism mechanism) {
        String[] parts = clientFirst.split(",", 3);
        if (parts.length < 3 || !parts[1].isEmpty()) {
            throw failure("it is malformed, or asks for an authorization identity");
        }
        mustFit(parts[0], mechanism);
        String bare = parts[2];
        String nonce = "";
        for (String attribute : bare.split(",", -1)) {
            if (attribute.startsWith("m=")) {
                throw failure("it asks for an extension that is not known");
            }
            if (attribute.startsWith("r=") && nonce.isEmpty()) {
                nonce = attribute.substring(2);
            }
        }
        if (nonce.isEmpty() || !nonce.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw failure("its nonce is missing or not printable");
        }
        String answer =
                "r="
                        + nonce
                        + serverNonce
                        + ",s="
                        + ScramCrypto.encode(verifier.salt())
                        + ",i="
                        + verifier.iterations();
        exchange = new Exchange(parts[0] + ",,", bare, answer);
        return answer;
    }

    /// A client that could bind and believes that we cannot was lied to.
    private void mustFit(String flag, Mechanism mechanism) {
        boolean offered = binding instanceof Binding.Offered;
        boolean fits =
                switch (flag) {
                    case "n" -> mechanism == Mechanism.PLAIN;
                    case "y" -> mechanism == Mechanism.PLAIN && !offered;
                    case "p=tls-server-end-point" -> mechanism == Mechanism.PLUS && offered;
                    default -> false;
                };
        if (!fits) {
            throw failure(
                    flag.equals("y") && offered
                            ? "the client believes that channel binding is not supported; somebody"
                                    + " may stand between"
                            : "its channel binding flag does not fit the mechanism");
        }
    }

    /// @throws WireException if the password is wrong, or the message is none
    public Proven serverFinal(String clientFinal) {
        int proofAt = clientFinal.lastIndexOf(",p=");
        if (proofAt < 0) {
            throw failure("its last message has no proof");
        }
        String withoutProof = clientFinal.substring(0, proofAt);
        String[] parts = withoutProof.split(",", -1);
        String nonce = exchange.serverFirst().substring(0, exchange.serverFirst().indexOf(",s="));
        if (parts.length < 2 || !parts[0].equals("c=" + expectedBinding())) {
            throw failure("its channel binding is not that of this connection");
        }
        if (!parts[1].equals(nonce)) {
            throw failure("its nonce is not that of this exchange");
        }
        byte[] proof = decoded(clientFinal.substring(proofAt + 3));
        byte[] message =
                ScramCrypto.utf8(
                        exchange.clientFirstBare()
                                + ","
                                + exchange.serverFirst()
                                + ","
                                + withoutProof);
        byte[] signature = ScramCrypto.hmac(verifier.storedKey(), message);
        if (proof.length != signature.length) {
            throw failure("its proof has the wrong length");
        }
        ScramCrypto.xor(proof, signature);
        if (!MessageDigest.isEqual(ScramCrypto.sha256(proof), verifier.storedKey())) {
            throw failure("the password is wrong");
        }
        return new Proven(
                "v=" + ScramCrypto.encode(ScramCrypto.hmac(verifier.serverKey(), message)), proof);
    }

    private String expectedBinding() {
        byte[] header = ScramCrypto.utf8(exchange.gs2Header());
        if (!exchange.gs2Header().startsWith("p=")
                || !(binding instanceof Binding.Offered(var hash))) {
            return ScramCrypto.encode(header);
        }
        byte[] data = Base64.getDecoder().decode(hash);
        byte[] input = Arrays.copyOf(header, header.length + data.length);
        System.arraycopy(data, 0, input, header.length, data.length);
        return ScramCrypto.encode(input);
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            throw failure("its proof is not base64");
        }
    }

    private static WireException failure(String what) {
        return new WireException(
                WireException.Code.WIRE_AUTHENTICATION, "the client's SCRAM exchange: " + what);
    }
}

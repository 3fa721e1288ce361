package io.toomai.wire;

import java.util.Arrays;

/// What the client's end of a SCRAM exchange knows.
public sealed interface ScramKnowledge {
    /// The password itself: fits whatever a server keeps of it. Costs milliseconds of computing for
    /// each exchange.
    record Password(String text) implements ScramKnowledge {
        /// @throws WireException when there is none
        public Password {
            if (text.isEmpty()) {
                throw new WireException(
                        WireException.Code.WIRE_AUTHENTICATION,
                        "the server wants a password and none is configured");
            }
        }

        @Override
        public String toString() {
            return "Password";
        }
    }

    /// What another client's proof has brought to light: fits a server that keeps the very same
    /// verifier, and costs nothing.
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Key(ScramVerifier verifier, byte[] clientKey) implements ScramKnowledge {
        @Override
        public String toString() {
            return "Key";
        }
    }

    /// The two keys of an exchange.
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Keys(byte[] client, byte[] server) {
        @Override
        public String toString() {
            return "Keys";
        }
    }

    /// What a server must ask for. From a password RFC 7677's 4096, PostgreSQL's default: who asks
    /// for less makes what an eavesdropper recorded that much cheaper to guess. A key fits one
    /// number only, that of its verifier.
    default int leastIterations() {
        return switch (this) {
            case Password _ -> 4096;
            case Key _ -> 1;
        };
    }

    /// @throws WireException when the server keeps another verifier
    default Keys keys(byte[] salt, int iterations) {
        return switch (this) {
            case Password(String text) -> {
                byte[] salted =
                        ScramCrypto.saltedPassword(SaslPrep.prepare(text), salt, iterations);
                yield new Keys(ScramCrypto.clientKey(salted), ScramCrypto.serverKey(salted));
            }
            case Key(ScramVerifier verifier, byte[] clientKey) -> {
                if (verifier.iterations() != iterations || !Arrays.equals(verifier.salt(), salt)) {
                    throw new WireException(
                            WireException.Code.WIRE_AUTHENTICATION,
                            "the server keeps another SCRAM secret of this user than the one that"
                                    + " the client has proven to know");
                }
                yield new Keys(clientKey, verifier.serverKey());
            }
        };
    }
}

package io.toomai.wire;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;

/// The bytes that `tls-server-end-point` (RFC 5929 §4) binds an exchange to.
public final class EndPointHash {
    private EndPointHash() {}

    /// Of a server's certificate; empty where it is not defined for the certificate's signature.
    public static Optional<byte[]> of(X509Certificate certificate) {
        Optional<String> algorithm = algorithm(certificate.getSigAlgName());
        if (algorithm.isEmpty()) {
            return Optional.empty();
        }
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm.get());
            return Optional.of(digest.digest(certificate.getEncoded()));
        } catch (GeneralSecurityException _) {
            return Optional.empty();
        }
    }

    /// @param signature such as `SHA256withRSA`
    static Optional<String> algorithm(String signature) {
        String name = signature.toUpperCase(Locale.ROOT);
        int with = name.indexOf("WITH");
        return switch (with < 0 ? "" : name.substring(0, with)) {
            case "MD5", "SHA1", "SHA256" -> Optional.of("SHA-256");
            case "SHA224" -> Optional.of("SHA-224");
            case "SHA384" -> Optional.of("SHA-384");
            case "SHA512" -> Optional.of("SHA-512");
            default -> Optional.empty();
        };
    }
}

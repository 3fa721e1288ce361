package io.toomai.postgres.sql;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Computes SCRAM-SHA-256 verifiers as PostgreSQL stores them, so that a password itself never
/// travels in a statement.
public final class Scram {
    private static final int ITERATIONS = 4096;
    private static final int SALT_BYTES = 16;

    private Scram() {}

    public static String verifier(String password) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return verifier(password, salt, ITERATIONS);
    }

    /// RFC 5802; the form is `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
    static String verifier(String password, byte[] salt, int iterations) {
        // SASLprep is NFKC plus prohibitions; PostgreSQL, too, takes a prohibited password raw.
        byte[] prepared =
                Normalizer.normalize(password, Normalizer.Form.NFKC)
                        .getBytes(StandardCharsets.UTF_8);
        try {
            byte[] block = mac(prepared, concat(salt, new byte[] {0, 0, 0, 1}));
            byte[] salted = block.clone();
            for (int i = 1; i < iterations; i++) {
                block = mac(prepared, block);
                for (int j = 0; j < salted.length; j++) {
                    salted[j] ^= block[j];
                }
            }
            byte[] clientKey = mac(salted, "Client Key".getBytes(StandardCharsets.UTF_8));
            byte[] storedKey = MessageDigest.getInstance("SHA-256").digest(clientKey);
            byte[] serverKey = mac(salted, "Server Key".getBytes(StandardCharsets.UTF_8));
            Base64.Encoder base64 = Base64.getEncoder();
            return "SCRAM-SHA-256$"
                    + iterations
                    + ":"
                    + base64.encodeToString(salt)
                    + "$"
                    + base64.encodeToString(storedKey)
                    + ":"
                    + base64.encodeToString(serverKey);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] mac(byte[] key, byte[] text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}

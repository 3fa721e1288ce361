package io.toomai.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The computations of SCRAM-SHA-256 (RFC 5802 §3), for both of its ends.
final class ScramCrypto {
    private static final String HMAC = "HmacSHA256";
    private static final byte[] CLIENT_KEY = utf8("Client Key");
    private static final byte[] SERVER_KEY = utf8("Server Key");

    private ScramCrypto() {}

    /// @throws WireException where there is no password
    static byte[] saltedPassword(String prepared, byte[] salt, int iterations) {
        if (prepared.isEmpty()) {
            throw new WireException(
                    WireException.Code.WIRE_AUTHENTICATION, "an empty password is none");
        }
        byte[] saltAndBlock = new byte[salt.length + 4];
        System.arraycopy(salt, 0, saltAndBlock, 0, salt.length);
        saltAndBlock[saltAndBlock.length - 1] = 1;
        Mac mac = mac(utf8(prepared));
        byte[] block = mac.doFinal(saltAndBlock);
        byte[] result = block.clone();
        for (int i = 1; i < iterations; i++) {
            block = mac.doFinal(block);
            xor(result, block);
        }
        return result;
    }

    static byte[] clientKey(byte[] saltedPassword) {
        return hmac(saltedPassword, CLIENT_KEY);
    }

    static byte[] serverKey(byte[] saltedPassword) {
        return hmac(saltedPassword, SERVER_KEY);
    }

    static byte[] hmac(byte[] key, byte[] message) {
        return mac(key).doFinal(message);
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static void xor(byte[] target, byte[] with) {
        for (int i = 0; i < target.length; i++) {
            target[i] ^= with[i];
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package io.toomai.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// PostgreSQL's md5 authentication: `md5` + hex(md5(hex(md5(password + user)) + salt)).
final class Md5Password {
    private Md5Password() {}

    static String response(Credentials credentials, byte[] salt) {
        String inner = hex(utf8(credentials.password() + credentials.user()), new byte[0]);
        return "md5" + hex(utf8(inner), salt);
    }

    private static String hex(byte[] first, byte[] second) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            md5.update(first);
            md5.update(second);
            return HexFormat.of().formatHex(md5.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new WireException(
                    WireException.Code.WIRE_AUTHENTICATION,
                    "the server wants md5, which this Java does not offer;"
                            + " store the password as scram-sha-256",
                    e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package io.toomai.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// PostgreSQL's md5 authentication: `md5` + hex(md5(hex(md5(password + user)) + salt)).
public final class Md5Password {
    private static final String PREFIX = "md5";

    private Md5Password() {}

    static String response(Credentials credentials, byte[] salt) {
        return salted(stored(credentials.user(), credentials.password()), salt);
    }

    /// What a server keeps of a password.
    public static String stored(String user, String password) {
        return PREFIX + hex(utf8(password + user), new byte[0]);
    }

    /// What a client that knows it answers to that salt.
    ///
    /// @param stored as [#stored] has it
    public static String salted(String stored, byte[] salt) {
        return PREFIX + hex(utf8(stored.substring(PREFIX.length())), salt);
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

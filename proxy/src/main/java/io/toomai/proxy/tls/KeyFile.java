package io.toomai.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A private key's file in PEM. The JDK reads PKCS#8 only; what older `openssl` writes, PKCS#1
/// (RSA) and SEC 1 (elliptic curves), is the same key without the frame that names the algorithm,
/// which is put around it here.
final class KeyFile {
    private static final Pattern OLD =
            Pattern.compile(
                    "-----BEGIN (RSA|EC) PRIVATE KEY-----([^-]+)-----END \\1 PRIVATE KEY-----");

    /// The version 0 of PKCS#8.
    private static final byte[] VERSION = {0x02, 0x01, 0x00};

    /// rsaEncryption, 1.2.840.113549.1.1.1, and NULL.
    private static final byte[] RSA = {
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    /// ecPublicKey, 1.2.840.10045.2.1; the curve follows.
    private static final byte[] EC = {
        0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
    };

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;

    /// Where SEC 1 has the curve.
    private static final int CURVE = 0xa0;

    private KeyFile() {}

    /// The key as PKCS#8 in PEM.
    ///
    /// @throws IOException if it cannot be read
    /// @throws IllegalArgumentException if it is none, or is encrypted
    static InputStream open(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher old = OLD.matcher(text);
        if (text.contains("ENCRYPTED")) {
            throw new IllegalArgumentException(
                    "the key is encrypted, and there is nobody to ask for its password; store it"
                            + " without: openssl pkey -in "
                            + file.getFileName()
                            + " -out KEY");
        }
        return old.find()
                ? stream(framed(old.group(1), Base64.getMimeDecoder().decode(old.group(2))))
                : stream(text);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String framed(String kind, byte[] key) {
        byte[] algorithm = kind.equals("RSA") ? RSA : join(EC, curve(key));
        byte[] frame =
                tagged(
                        SEQUENCE,
                        join(join(VERSION, tagged(SEQUENCE, algorithm)), tagged(OCTETS, key)));
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(frame)
                + "\n-----END PRIVATE KEY-----\n";
    }

    /// ECPrivateKey: a sequence of the version, the key, and the curve in a tag of its own.
    private static byte[] curve(byte[] key) {
        int[] at = {0};
        enter(key, at);
        while (at[0] < key.length) {
            boolean isCurve = (key[at[0]] & 0xff) == CURVE;
            int length = enter(key, at);
            if (isCurve) {
                return Arrays.copyOfRange(key, at[0], at[0] + length);
            }
            at[0] += length;
        }
        throw new IllegalArgumentException("the key does not name its curve");
    }

    /// Goes behind the tag and the length of what stands there.
    ///
    /// @return the length
    private static int enter(byte[] in, int[] at) {
        at[0]++;
        if (at[0] >= in.length) {
            throw new IllegalArgumentException("the key is cut off");
        }
        int length = in[at[0]++] & 0xff;
        if (length > 0x80) {
            int count = length & 0x7f;
            length = 0;
            for (int i = 0; i < count && i < 3 && at[0] < in.length; i++) {
                length = length << 8 | (in[at[0]++] & 0xff);
            }
        }
        if (length > in.length - at[0]) {
            throw new IllegalArgumentException("the key is cut off");
        }
        return length;
    }

    private static byte[] tagged(int tag, byte[] content) {
        int length = content.length;
        byte[] head =
                length < 0x80
                        ? new byte[] {(byte) tag, (byte) length}
                        : new byte[] {
                            (byte) tag, (byte) 0x82, (byte) (length >>> 8), (byte) length
                        };
        return join(head, content);
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}

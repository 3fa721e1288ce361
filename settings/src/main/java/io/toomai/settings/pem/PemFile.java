package io.toomai.settings.pem;

import io.toomai.core.model.Secret;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/// Reads certificates and private keys from PEM files: PKCS#8 (also encrypted), PKCS#1 for RSA, SEC
/// 1 for elliptic curves. Java knows only PKCS#8, so the other two are wrapped into it. Stateless;
/// what cannot be used is a [PemException].
public final class PemFile {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /// `SEQUENCE { rsaEncryption, NULL }`.
    private static final byte[] RSA_ALGORITHM = {
        0x30,
        0x0d,
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

    /// Object identifier `ecPublicKey`.
    private static final byte[] EC_PUBLIC_KEY = {
        0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
    };

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PemFile() {}

    private record Block(String label, String text) {
        byte[] bytes() {
            return Base64.getMimeDecoder().decode(text);
        }
    }

    /// All certificates of the file, in order.
    public static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Block block : blocks(file)) {
                if (block.label().endsWith("CERTIFICATE")) {
                    certificates.add(
                            (X509Certificate)
                                    factory.generateCertificate(
                                            new ByteArrayInputStream(block.bytes())));
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw unusable(file, "a certificate in it cannot be read", e);
        }
        if (certificates.isEmpty()) {
            throw unusable(file, "it holds no certificate", null);
        }
        return certificates;
    }

    /// The first private key of the file.
    public static PrivateKey privateKey(Path file, Optional<Secret> password) {
        for (Block block : blocks(file)) {
            try {
                switch (block.label()) {
                    case "PRIVATE KEY" -> {
                        return generate(new PKCS8EncodedKeySpec(block.bytes()));
                    }
                    case "RSA PRIVATE KEY" -> {
                        return generate(wrap(RSA_ALGORITHM, plain(block, file)));
                    }
                    case "EC PRIVATE KEY" -> {
                        byte[] key = plain(block, file);
                        return generate(wrap(ecAlgorithm(key), key));
                    }
                    case "ENCRYPTED PRIVATE KEY" -> {
                        return generate(decrypt(block, file, password));
                    }
                    default -> {
                        // certificates and curve parameters may stand in the same file
                    }
                }
            } catch (GeneralSecurityException | IllegalArgumentException | IOException e) {
                throw unusable(file, "the private key in it cannot be read", e);
            }
        }
        throw unusable(file, "it holds no private key", null);
    }

    /// Whether what the key signs is what the certificate's public key confirms. A key of a kind
    /// that cannot be tried here counts as fitting.
    public static boolean isOf(PrivateKey key, X509Certificate certificate) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        Signature signature;
        byte[] signed;
        try {
            signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signed = signature.sign();
        } catch (GeneralSecurityException e) {
            return true;
        }
        try {
            signature.initVerify(certificate.getPublicKey());
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // of different kinds
        }
    }

    private static List<Block> blocks(Path file) {
        try {
            Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            List<Block> blocks = new ArrayList<>();
            while (matcher.find()) {
                blocks.add(new Block(matcher.group(1), matcher.group(2)));
            }
            return blocks;
        } catch (IOException e) {
            throw unusable(file, "it cannot be read", e);
        }
    }

    private static byte[] plain(Block block, Path file) {
        if (block.text().contains("Proc-Type:")) {
            throw unusable(
                    file,
                    "its key is encrypted in OpenSSL's old form; rewrite it with"
                            + " 'openssl pkcs8 -topk8'",
                    null);
        }
        return block.bytes();
    }

    private static PrivateKey generate(KeySpec spec) throws GeneralSecurityException {
        InvalidKeySpecException last = new InvalidKeySpecException("none of " + ALGORITHMS);
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                last.addSuppressed(e); // another algorithm's key
            }
        }
        throw last;
    }

    private static PKCS8EncodedKeySpec decrypt(Block block, Path file, Optional<Secret> password)
            throws GeneralSecurityException, IOException {
        if (password.isEmpty()) {
            throw unusable(
                    file,
                    "its key is encrypted and no password for it is known: set keyfile_password"
                            + " where there is such a setting, or store the key without:"
                            + " openssl pkey -in "
                            + file.getFileName()
                            + " -out KEY",
                    null);
        }
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(block.bytes());
        // For PBES2 the parameters name the real algorithm, as in PBEWithHmacSHA256AndAES_256.
        String algorithm =
                info.getAlgName().equals("PBES2") || info.getAlgName().startsWith("1.2.")
                        ? info.getAlgParameters().toString()
                        : info.getAlgName();
        PBEKeySpec spec = new PBEKeySpec(password.get().reveal().toCharArray());
        return info.getKeySpec(SecretKeyFactory.getInstance(algorithm).generateSecret(spec));
    }

    /// `PrivateKeyInfo { 0, algorithm, OCTET STRING { key } }`.
    private static PKCS8EncodedKeySpec wrap(byte[] algorithm, byte[] key) {
        return new PKCS8EncodedKeySpec(
                der(0x30, concat(VERSION_0, concat(algorithm, der(0x04, key)))));
    }

    /// The curve stands in the key itself: `ECPrivateKey { 1, OCTET STRING, [0] curve, … }`.
    private static byte[] ecAlgorithm(byte[] key) throws InvalidKeySpecException {
        int at = contentStart(key, 0);
        while (at < key.length) {
            int start = contentStart(key, at);
            int end = Math.addExact(start, contentLength(key, at));
            if (key[at] == (byte) 0xa0 && end <= key.length) {
                return der(0x30, concat(EC_PUBLIC_KEY, Arrays.copyOfRange(key, start, end)));
            }
            at = end; // always further: end > at
        }
        throw new InvalidKeySpecException("the key does not name its curve");
    }

    private static int contentStart(byte[] der, int at) throws InvalidKeySpecException {
        if (at + 1 >= der.length) {
            throw new InvalidKeySpecException("the key ends early");
        }
        int length = der[at + 1] & 0xff;
        return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
    }

    private static int contentLength(byte[] der, int at) throws InvalidKeySpecException {
        int start = contentStart(der, at);
        int length = der[at + 1] & 0xff;
        if (length < 0x80) {
            return length;
        }
        int sum = 0;
        for (int i = at + 2; i < start && i < der.length; i++) {
            sum = Math.addExact(Math.multiplyExact(sum, 256), der[i] & 0xff);
        }
        return sum;
    }

    private static byte[] der(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            byte[] length = BigInteger.valueOf(content.length).toByteArray();
            int skip = length[0] == 0 ? 1 : 0;
            out.write(0x80 | (length.length - skip));
            out.write(length, skip, length.length - skip);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static PemException unusable(Path file, String why, @Nullable Exception cause) {
        return new PemException(file, why, cause);
    }
}

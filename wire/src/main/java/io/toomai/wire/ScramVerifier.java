package io.toomai.wire;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a server keeps of a SCRAM-SHA-256 password, as in `pg_authid.rolpassword`:
/// `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`. It checks a password and cannot be used in
/// place of one. Immutable.
public final class ScramVerifier {
    /// PostgreSQL's length of a salt.
    private static final int SALT_BYTES = 16;

    private static final int KEY_BYTES = 32;
    private static final Pattern FORM =
            Pattern.compile("SCRAM-SHA-256\\$(\\d{1,9}):([^$:]+)\\$([^$:]+):([^$:]+)");

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    private ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /// Empty for anything that is not of this form.
    public static Optional<ScramVerifier> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            int iterations = Integer.parseInt(matcher.group(1));
            byte[] salt = Base64.getDecoder().decode(matcher.group(2));
            byte[] stored = Base64.getDecoder().decode(matcher.group(3));
            byte[] server = Base64.getDecoder().decode(matcher.group(4));
            boolean whole =
                    iterations > 0
                            && salt.length > 0
                            && stored.length == KEY_BYTES
                            && server.length == KEY_BYTES;
            return whole
                    ? Optional.of(new ScramVerifier(iterations, salt, stored, server))
                    : Optional.empty();
        } catch (IllegalArgumentException _) { // not base64
            return Optional.empty();
        }
    }

    /// Of a password that is known in plain. Takes milliseconds of computing.
    public static ScramVerifier of(String password, byte[] salt, int iterations) {
        byte[] salted = ScramCrypto.saltedPassword(SaslPrep.prepare(password), salt, iterations);
        return new ScramVerifier(
                iterations,
                salt.clone(),
                ScramCrypto.sha256(ScramCrypto.clientKey(salted)),
                ScramCrypto.serverKey(salted));
    }

    /// For a user that does not exist: no password fits, and an exchange looks like that of one who
    /// does. The same user always gets the same salt.
    ///
    /// @param secret known to nobody outside this installation
    public static ScramVerifier mock(byte[] secret, String user, int iterations) {
        byte[] random = ScramCrypto.hmac(secret, ScramCrypto.utf8(user));
        return new ScramVerifier(
                iterations,
                Arrays.copyOf(random, SALT_BYTES),
                ScramCrypto.hmac(secret, random),
                ScramCrypto.hmac(random, secret));
    }

    int iterations() {
        return iterations;
    }

    public byte[] salt() {
        return salt.clone();
    }

    /// Whether it is that of this password. Takes milliseconds of computing.
    public boolean fits(String password) {
        return isSameAs(of(password, salt, iterations));
    }

    byte[] storedKey() {
        return storedKey;
    }

    byte[] serverKey() {
        return serverKey;
    }

    /// Whether a client that proved itself against this one can log in where that one is kept.
    public boolean isSameAs(ScramVerifier other) {
        return iterations == other.iterations
                && Arrays.equals(salt, other.salt)
                && MessageDigest.isEqual(storedKey, other.storedKey)
                && MessageDigest.isEqual(serverKey, other.serverKey);
    }

    @Override
    @SuppressWarnings("exports") // an annotation only
    public boolean equals(@Nullable Object other) {
        return other instanceof ScramVerifier verifier && isSameAs(verifier);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(storedKey);
    }

    @Override
    public String toString() {
        return "SCRAM-SHA-256, " + iterations + " iterations";
    }
}

package io.toomai.proxy.auth;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How a client proves who it is.
public enum HbaMethod {
    TRUST("trust"),
    REJECT("reject"),
    /// The password in plain.
    PASSWORD("password"),
    /// SCRAM where what is kept of the password is a verifier.
    MD5("md5"),
    SCRAM("scram-sha-256"),
    /// The certificate of the TLS session.
    CERT("cert"),
    /// The user of the operating system at the other end of a Unix socket.
    PEER("peer"),
    PAM("pam"),
    LDAP("ldap");

    private final String word;

    HbaMethod(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    /// Whether a rule may have it; the others are known so that they can be named.
    boolean isSupported() {
        return this != PAM && this != LDAP;
    }

    /// `plain` is PgBouncer's word for `password`.
    static Optional<HbaMethod> of(String word) {
        return word.equals("plain")
                ? Optional.of(PASSWORD)
                : Arrays.stream(values()).filter(method -> method.word.equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(HbaMethod::word).toList();
    }
}

package io.toomai.proxy.tls;

import io.toomai.settings.CipherList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The words of `…_tls_ciphers` and `…_tls13_ciphers` as names of suites that Java knows.
final class Suites {
    private static final Set<String> USUAL = Set.of("", "default", "secure", "normal", "fast");

    private Suites() {}

    /// @param ciphers a list as OpenSSL reads it, or one of PgBouncer's short words
    /// @throws IllegalArgumentException with the reason where a word is unknown or nothing is left
    static List<String> of(String ciphers) {
        return CipherList.suites(
                USUAL.contains(ciphers) || ciphers.equals("all") ? "ALL" : ciphers);
    }

    /// Those of them that are to be used.
    ///
    /// @param modern suites of TLS 1.3, parted by `:`; empty for all
    /// @throws IllegalArgumentException with the reason where a word is unknown
    static List<String> chosen(List<String> all, String modern) {
        if (modern.isEmpty()) {
            return all;
        }
        List<String> known = all.stream().filter(Suites::isModern).toList();
        List<String> wanted = List.of(modern.strip().split("[:, ]+", -1));
        for (String name : wanted) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "has '"
                                + name
                                + "', which is no suite of TLS 1.3; there are "
                                + String.join(", ", known));
            }
        }
        return Stream.concat(wanted.stream(), all.stream().filter(name -> !isModern(name)))
                .toList();
    }

    /// Whether Java may choose.
    static boolean areUsual(String ciphers, String modern) {
        return USUAL.contains(ciphers) && modern.isEmpty();
    }

    private static boolean isModern(String name) {
        return !name.contains("_WITH_");
    }
}

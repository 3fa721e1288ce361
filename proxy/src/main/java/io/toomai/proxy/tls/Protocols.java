package io.toomai.proxy.tls;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The words of `…_tls_protocols`: versions parted by `,` or `:`; `!` takes one away, `secure` and
/// `default` stand for 1.2 and 1.3, `all` and `legacy` also for what came before.
final class Protocols {
    private static final List<String> SECURE = List.of("TLSv1.3", "TLSv1.2");
    private static final List<String> ALL = List.of("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1");
    private static final Map<String, List<String>> WORDS =
            Map.of(
                    "secure", SECURE,
                    "default", SECURE,
                    "all", ALL,
                    "legacy", ALL,
                    "tlsv1", List.of("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"),
                    "tlsv1.0", List.of("TLSv1"),
                    "tlsv1.1", List.of("TLSv1.1"),
                    "tlsv1.2", List.of("TLSv1.2"),
                    "tlsv1.3", List.of("TLSv1.3"));

    private Protocols() {}

    /// As Java calls them.
    ///
    /// @throws IllegalArgumentException with the reason where a word is unknown or nothing is left
    static List<String> parse(String text) {
        Set<String> chosen = new LinkedHashSet<>();
        for (String raw : text.strip().split("[,:]", -1)) {
            String word = raw.strip().toLowerCase(Locale.ROOT);
            boolean not = word.startsWith("!");
            List<String> meant = WORDS.get(not ? word.substring(1) : word);
            if (meant == null) {
                throw new IllegalArgumentException(
                        "has no word "
                                + word
                                + "; it has secure, all, tlsv1.0, tlsv1.1, tlsv1.2 and tlsv1.3");
            }
            if (!not) {
                chosen.addAll(meant);
            } else {
                if (chosen.isEmpty()) {
                    chosen.addAll(ALL);
                }
                meant.forEach(chosen::remove);
            }
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("leaves no version");
        }
        return new ArrayList<>(chosen);
    }
}

package io.toomai.settings;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// A cipher list as OpenSSL reads it (`man openssl-ciphers`), over the suites that this JVM offers:
/// words parted by `:`, each a name or a property, several joined by `+`; `!` takes away for good,
/// `-` for now, `+` to the end. The suites of TLS 1.3 stay on, as in OpenSSL. Unlike OpenSSL an
/// unknown word is an error: a mistyped exclusion would leave on what somebody wanted off.
public final class CipherList {
    private static final Pattern SEPARATOR = Pattern.compile("[:, ]+");

    /// What names of suites consist of, those included that no JVM offers any more.
    private static final Set<String> NAME_PARTS =
            Set.of(
                    ("ECDHE ECDH DHE EDH ADH AECDH RSA DSS ECDSA PSK SRP AES128 AES256 GCM CCM CCM8"
                                    + " CHACHA20 POLY1305 CAMELLIA128 CAMELLIA256 ARIA128 ARIA256"
                                    + " SEED IDEA DES CBC CBC3 3DES EDE RC4 MD5 SHA SHA256 SHA384"
                                    + " NULL AES 128")
                            .split(" "));

    /// Properties that no suite of a JVM has, so they neither add nor take away anything.
    private static final Set<String> ABSENT =
            Set.of(
                    ("COMPLEMENTOFALL MEDIUM LOW EXP EXPORT EXPORT40 EXPORT56"
                                    + " NULL eNULL aNULL ADH AECDH kRSA RSA aDH kDH kDHr kDHd kECDH"
                                    + " kECDHr kECDHe aECDH AESCCM AESCCM8 ARIA ARIA128 ARIA256"
                                    + " ARIAGCM CAMELLIA CAMELLIA128 CAMELLIA256 3DES DES RC4 RC2"
                                    + " IDEA SEED MD5 GOST aGOST aGOST01 kGOST GOST94 GOST89MAC PSK"
                                    + " kPSK aPSK kECDHEPSK kDHEPSK kRSAPSK SRP kSRP aSRP KRB5 FZA")
                            .split(" "));

    private static final Map<String, Predicate<Suite>> PROPERTIES =
            Map.ofEntries(
                    Map.entry("ALL", _ -> true),
                    Map.entry("DEFAULT", suite -> !suite.has("DSS")),
                    Map.entry("COMPLEMENTOFDEFAULT", suite -> suite.has("DSS")),
                    Map.entry("HIGH", suite -> suite.strength() >= 128),
                    Map.entry("ECDHE", suite -> suite.has("ECDHE")),
                    Map.entry("EECDH", suite -> suite.has("ECDHE")),
                    Map.entry("ECDH", suite -> suite.has("ECDHE")),
                    Map.entry("kECDHE", suite -> suite.has("ECDHE")),
                    Map.entry("kEECDH", suite -> suite.has("ECDHE")),
                    Map.entry("DHE", suite -> suite.has("DHE")),
                    Map.entry("EDH", suite -> suite.has("DHE")),
                    Map.entry("DH", suite -> suite.has("DHE")),
                    Map.entry("kDHE", suite -> suite.has("DHE")),
                    Map.entry("kEDH", suite -> suite.has("DHE")),
                    Map.entry("aRSA", suite -> suite.has("RSA")),
                    Map.entry("aECDSA", suite -> suite.has("ECDSA")),
                    Map.entry("ECDSA", suite -> suite.has("ECDSA")),
                    Map.entry("aDSS", suite -> suite.has("DSS")),
                    Map.entry("DSS", suite -> suite.has("DSS")),
                    Map.entry("AES", suite -> suite.has("AES")),
                    Map.entry("AES128", suite -> suite.has("AES") && suite.strength() == 128),
                    Map.entry("AES256", suite -> suite.has("AES") && suite.strength() == 256),
                    Map.entry("AESGCM", suite -> suite.has("GCM")),
                    Map.entry("CHACHA20", suite -> suite.has("CHACHA20")),
                    Map.entry("SHA", suite -> suite.has("CBC") && suite.has("SHA")),
                    Map.entry("SHA1", suite -> suite.has("CBC") && suite.has("SHA")),
                    Map.entry("SHA256", suite -> suite.has("CBC") && suite.has("SHA256")),
                    Map.entry("SHA384", suite -> suite.has("CBC") && suite.has("SHA384")),
                    Map.entry("TLSv1.2", suite -> !suite.has("SHA")),
                    Map.entry("TLSv1.0", suite -> suite.has("SHA") && suite.has("ECDHE")),
                    Map.entry("TLSv1", suite -> suite.has("SHA") && suite.has("ECDHE")),
                    Map.entry("SSLv3", suite -> suite.has("SHA") && suite.has("DHE")));

    private final List<Suite> offered;
    private final List<Suite> active = new ArrayList<>();
    private final Set<Suite> killed = new LinkedHashSet<>();

    private CipherList(List<Suite> offered) {
        this.offered = offered;
    }

    /// A suite before TLS 1.3, such as `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`.
    ///
    /// @param name as the JVM says it
    private record Suite(String name) {
        /// Whether that is one of the parts of its name.
        boolean has(String part) {
            return Arrays.asList(name.split("_")).contains(part);
        }

        int strength() {
            return has("128") ? 128 : 256;
        }

        /// `ECDHE-RSA-AES256-GCM-SHA384`
        String openSslName() {
            return name.substring("TLS_".length())
                    .replace("_WITH", "")
                    .replaceAll("AES_(\\d+)", "AES$1")
                    .replace("_CBC", "")
                    .replaceAll("POLY1305_SHA256", "POLY1305")
                    .replace('_', '-');
        }
    }

    /// The names of the suites that the JVM shall use, the preferred first; none for an empty text,
    /// which leaves the choice to the JVM.
    ///
    /// @throws IllegalArgumentException with the reason where a word is unknown or nothing is left
    public static List<String> suites(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> all = offeredByJvm();
        CipherList list =
                new CipherList(
                        all.stream().filter(n -> n.contains("_WITH_")).map(Suite::new).toList());
        for (String word : SEPARATOR.split(text.strip(), -1)) {
            if (!word.isEmpty()) {
                list.apply(word);
            }
        }
        if (list.active.isEmpty()) {
            throw new IllegalArgumentException(
                    "selects no cipher suite up to TLS 1.2 that this Java offers; all that it offers"
                            + " are HIGH, and a good choice is ECDHE+AESGCM:ECDHE+CHACHA20");
        }
        return Stream.concat(
                        all.stream().filter(CipherList::isOfTls13),
                        list.active.stream().map(Suite::name))
                .toList();
    }

    /// Why the text cannot be used; empty when it can.
    static Optional<String> complaint(String text) {
        try {
            suites(text);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isOfTls13(String name) {
        return !name.contains("_WITH_") && !name.endsWith("_SCSV");
    }

    private static List<String> offeredByJvm() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[0], null); // else it reads all authorities
            return List.of(context.getDefaultSSLParameters().getCipherSuites());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }

    private void apply(String word) {
        if (word.startsWith("@")) {
            command(word);
            return;
        }
        char first = word.charAt(0);
        boolean marked = first == '!' || first == '-' || first == '+';
        List<Suite> meant = meant(marked ? word.substring(1) : word);
        switch (first) {
            case '!' -> {
                active.removeAll(meant);
                killed.addAll(meant);
            }
            case '-' -> active.removeAll(meant);
            case '+' -> {
                List<Suite> moved = active.stream().filter(meant::contains).toList();
                active.removeAll(moved);
                active.addAll(moved);
            }
            default ->
                    meant.stream()
                            .filter(suite -> !active.contains(suite) && !killed.contains(suite))
                            .forEach(active::add);
        }
    }

    private List<Suite> meant(String word) {
        Predicate<Suite> fits = _ -> true;
        for (String part : word.split("\\+", -1)) {
            fits = fits.and(property(part));
        }
        return offered.stream().filter(fits).toList();
    }

    private Predicate<Suite> property(String part) {
        Predicate<Suite> known = PROPERTIES.get(part);
        if (known != null) {
            return known;
        }
        if (ABSENT.contains(part)) {
            return _ -> false;
        }
        boolean openSslName =
                part.contains("-") && NAME_PARTS.containsAll(List.of(part.split("-", -1)));
        if (!openSslName && !offeredByJvm().contains(part)) {
            throw new IllegalArgumentException(
                    "holds the word '"
                            + ValueCheck.shortened(part)
                            + "', which is neither the name of a cipher suite nor a property that"
                            + " OpenSSL knows");
        }
        return suite -> suite.openSslName().equals(part) || suite.name().equals(part);
    }

    /// Levels up to 3 ask for 128 bits and forward secrecy, which all of a JVM's have.
    private void command(String word) {
        switch (word) {
            case "@STRENGTH" -> active.sort(Comparator.comparingInt(Suite::strength).reversed());
            case "@SECLEVEL=0", "@SECLEVEL=1", "@SECLEVEL=2", "@SECLEVEL=3" -> {}
            case "@SECLEVEL=4", "@SECLEVEL=5" -> {
                List<Suite> weak =
                        offered.stream()
                                .filter(suite -> suite.strength() < 256 || suite.has("SHA"))
                                .toList();
                active.removeAll(weak);
                killed.addAll(weak);
            }
            default ->
                    throw new IllegalArgumentException(
                            "holds the word '"
                                    + ValueCheck.shortened(word)
                                    + "'; after @ stands STRENGTH or SECLEVEL=0 to 5");
        }
    }
}

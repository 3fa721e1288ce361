package io.toomai.proxy.auth;

import io.toomai.proxy.auth.HbaRule.Caller;
import io.toomai.proxy.auth.HbaRule.Source;
import io.toomai.proxy.auth.HbaRule.Transport;
import io.toomai.proxy.auth.HbaTokens.Word;
import io.toomai.settings.Nearest;
import io.toomai.settings.Problem;
import io.toomai.settings.text.Position;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The rules of an HBA file, in their order: the first that is about a client decides. Who is in no
/// rule is refused.
///
/// Of PostgreSQL's format what needs the server's own tables is missing (`samerole`, `+group`), and
/// names of hosts, which would have to be looked up while a client waits: a file with them is
/// refused.
public record HbaFile(List<HbaRule> rules) {
    public HbaFile {
        rules = List.copyOf(rules);
    }

    /// What reading a file gave.
    ///
    /// @param problems one is enough to refuse the file
    public record Reading(HbaFile file, List<Problem> problems) {}

    /// @param source its name, for messages; beside it are the files of names that it names
    public static Reading parse(String text, String source) {
        List<HbaRule> rules = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            Position at = new Position(source, number);
            try {
                List<List<Word>> fields = HbaTokens.fields(line);
                if (!fields.isEmpty()) {
                    rules.add(rule(fields, at));
                }
            } catch (IllegalArgumentException e) {
                problems.add(new Problem("", source, number, String.valueOf(e.getMessage())));
            }
        }
        return new Reading(new HbaFile(rules), problems);
    }

    /// The rule that decides about a client.
    public Optional<HbaRule> about(Caller caller, LocalNetworks here) {
        return rules.stream().filter(rule -> rule.isAbout(caller, here)).findFirst();
    }

    private static HbaRule rule(List<List<Word>> fields, Position at) {
        Transport transport = transport(one(fields, 0, "a type of connection"));
        Path file = Path.of(at.source());
        List<Word> databases = names(fields, 1, "databases", file);
        List<Word> users = names(fields, 2, "users", file);
        int next = 3;
        Source source = new Source.Anywhere();
        if (transport != Transport.LOCAL) {
            String address = one(fields, 3, "an address");
            next = 4;
            if (AddressRange.literal(address).isPresent()) {
                source = new Source.Range(masked(address, fields));
                next = 5;
            } else {
                source = source(address);
            }
        }
        HbaMethod method = method(one(fields, next, "a method"));
        if (method == HbaMethod.PEER && transport != Transport.LOCAL) {
            throw new IllegalArgumentException("peer is for local connections only");
        }
        if (method == HbaMethod.CERT && transport != Transport.HOSTSSL) {
            throw new IllegalArgumentException("cert is for hostssl only");
        }
        return new HbaRule(
                transport, databases, users, source, method, options(fields, next + 1), at);
    }

    /// An address whose mask is the next field.
    private static AddressRange masked(String address, List<List<Word>> fields) {
        if (fields.size() <= 4
                || fields.get(4).size() != 1
                || AddressRange.literal(fields.get(4).getFirst().text()).isEmpty()) {
            throw new IllegalArgumentException(
                    "the address needs /bits, or a mask in the next column; only this one is "
                            + address
                            + (address.indexOf(':') < 0 ? "/32" : "/128"));
        }
        return AddressRange.parse(address, fields.get(4).getFirst().text())
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the mask does not fit the address " + address));
    }

    private static Transport transport(String word) {
        return switch (word) {
            case "local" -> Transport.LOCAL;
            case "host", "hostnogssenc" -> Transport.HOST;
            case "hostssl" -> Transport.HOSTSSL;
            case "hostnossl" -> Transport.HOSTNOSSL;
            default ->
                    throw new IllegalArgumentException(
                            "a line begins with local, host, hostssl or hostnossl, not " + word);
        };
    }

    private static List<Word> names(List<List<Word>> fields, int index, String what, Path file) {
        if (fields.size() <= index) {
            throw new IllegalArgumentException(what + " are missing");
        }
        List<Word> names = NameFile.expanded(fields.get(index), file);
        for (Word word : names) {
            boolean bare = word.quotes() == HbaTokens.Quotes.NONE;
            if (bare
                    && (word.text().startsWith("+")
                            || word.is("samerole")
                            || word.is("samegroup"))) {
                throw new IllegalArgumentException(
                        word.text() + ": who is a member of what only the server knows; list them");
            }
            if (word.isPattern()) {
                mustBePattern(word.text().substring(1));
            }
        }
        return names;
    }

    private static void mustBePattern(String text) {
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("/" + text + " is no pattern", e);
        }
    }

    private static Source source(String address) {
        return switch (address) {
            case "all" -> new Source.Anywhere();
            case "samehost" -> new Source.SameHost();
            case "samenet" -> new Source.SameNet();
            default ->
                    AddressRange.parse(address)
                            .<Source>map(Source.Range::new)
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            address
                                                    + " is no address with /bits; names of hosts"
                                                    + " are not looked up"));
        };
    }

    private static HbaMethod method(String word) {
        HbaMethod method = known(word);
        if (!method.isSupported()) {
            throw new IllegalArgumentException(
                    word + " is not supported here; keep a SCRAM secret or use auth_query");
        }
        return method;
    }

    private static HbaMethod known(String word) {
        return HbaMethod.of(word)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                word
                                        + " is no method"
                                        + Nearest.to(word, HbaMethod.words())
                                                .map(near -> ", did you mean " + near + "?")
                                                .orElse(
                                                        "; there are "
                                                                + String.join(", ", supported()))));
    }

    private static List<String> supported() {
        return Arrays.stream(HbaMethod.values())
                .filter(HbaMethod::isSupported)
                .map(HbaMethod::word)
                .toList();
    }

    private static Map<String, String> options(List<List<Word>> fields, int from) {
        Map<String, String> options = new TreeMap<>();
        for (List<Word> field : fields.subList(Math.min(from, fields.size()), fields.size())) {
            String text = String.join(",", field.stream().map(Word::text).toList());
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("an option is written name=value, not " + text);
            }
            String name = text.substring(0, equals).toLowerCase(Locale.ROOT);
            String value = text.substring(equals + 1);
            mustBeKnown(name, value);
            options.put(name, value);
        }
        return options;
    }

    /// An option that is passed over could be the one that keeps somebody out.
    private static void mustBeKnown(String name, String value) {
        if (name.equals("map") || (name + "=" + value).equalsIgnoreCase("clientname=CN")) {
            return;
        }
        throw new IllegalArgumentException(
                name.equals("clientcert")
                        ? "clientcert is not known here: the method cert asks for a certificate,"
                                + " client_tls_sslmode = verify-full does so of everybody"
                        : name
                                + "="
                                + value
                                + " is not known here; options are map=name, clientname=CN");
    }

    private static String one(List<List<Word>> fields, int index, String what) {
        if (fields.size() <= index || fields.get(index).size() != 1) {
            throw new IllegalArgumentException(what + " is missing, or is several");
        }
        return fields.get(index).getFirst().text();
    }
}

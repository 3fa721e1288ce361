package io.toomai.settings;

import io.toomai.settings.PostgresSettings.Login;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What a settings file says to a proxy that runs alone beside applications: its own section, and
/// the cluster that it leads to. Build it with `SettingsFile.loadLoneProxy`.
///
/// @param name for operators
/// @param cluster its store, and how its members are called
/// @param members URLs of REST interfaces without a path; empty where the store is watched
/// @param superuser who asks PostgreSQL for the passwords of others, where the file names one
/// @param written file and environment as one document, older names replaced
public record LoneProxySettings(
        Optional<String> name,
        OperatorSettings cluster,
        ProxySection proxy,
        List<String> members,
        Login superuser,
        Tree.Mapping written) {
    private static final String MEMBERS = "toomai.proxy.members";
    private static final int USUAL_PORT = 8008;

    public LoneProxySettings {
        members = List.copyOf(members);
    }

    /// What reading the file gave.
    public sealed interface Loading {
        record Loaded(LoneProxySettings settings, List<Warning> warnings) implements Loading {}

        record Refused(LoadResult.Rejected why) implements Loading {}
    }

    /// The keys whose value is another one in `next` and counts only after a restart.
    public List<String> changesForRestart(LoneProxySettings next) {
        return Settings.changesForRestart(written, next.written);
    }

    /// It must say where clients come, and who tells of the cluster.
    ///
    /// @param nearest where the section is, or would be, that a key belongs to
    static void check(Values values, Function<String, Position> nearest, Findings findings) {
        String listen = "toomai.proxy.listen";
        if (values.at(listen).isEmpty()) {
            findings.problem(
                    nearest.apply(listen), listen, "is missing; set where clients come: host:port");
        }
        Optional<StoreSection> store = StoreSection.chosen(values);
        if (!values.texts(MEMBERS).isEmpty()) {
            store.ifPresent(_ ->
                    findings.warning(
                            nearest.apply(MEMBERS),
                            MEMBERS,
                            "tells who is asked; the store of this file is not"));
        } else if (store.isEmpty()) {
            findings.problem(
                    nearest.apply(MEMBERS),
                    MEMBERS,
                    "is missing, and no store is named: who is primary? Name REST addresses of"
                            + " members, such as [10.0.0.1:8008, 10.0.0.2:8008], or the store as the"
                            + " members' own files do (etcd3, zookeeper, consul, kubernetes,"
                            + " toomai.store)");
        } else if (values.at("scope").isEmpty()) {
            findings.problem(
                    nearest.apply("scope"),
                    "scope",
                    "is missing; it names the cluster in the store");
        }
    }

    static List<String> members(Values values, String scheme, Findings findings) {
        List<String> urls = new ArrayList<>();
        for (String text : values.texts(MEMBERS)) {
            try {
                urls.add(url(text.strip(), scheme));
            } catch (IllegalArgumentException e) {
                findings.problem(
                        values.at(MEMBERS).map(Tree::at).orElse(Position.NOWHERE),
                        MEMBERS,
                        "'"
                                + ValueCheck.shortened(text)
                                + "' is no REST address, expected host:port or"
                                + " https://host:port");
            }
        }
        return urls;
    }

    /// A member's `api_url` has a path, which is not part of its address.
    private static String url(String text, String usual) {
        int mark = text.indexOf("://");
        String scheme = mark < 0 ? usual : text.substring(0, mark);
        String rest = mark < 0 ? text : text.substring(mark + 3);
        String address = rest.replaceFirst("/(patroni)?$", "");
        if (!(scheme.equals("http") || scheme.equals("https")) || address.indexOf('/') >= 0) {
            throw new IllegalArgumentException("no URL of a REST interface");
        }
        HostPort parsed = HostPort.parse(address, USUAL_PORT);
        URI url = URI.create(scheme + "://" + parsed);
        if (url.getHost() == null) {
            throw new IllegalArgumentException("no host name");
        }
        return url.toString();
    }
}

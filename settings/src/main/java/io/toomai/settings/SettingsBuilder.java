package io.toomai.settings;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.settings.PostgresSettings.Login;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Makes the records of `Settings` from a tree that has passed `TreeCheck`. What only shows when
/// values are seen together goes to the findings. Used once.
final class SettingsBuilder {
    private final Values values;
    private final Findings findings;

    SettingsBuilder(Mapping root, Findings findings) {
        this.values = new Values(root);
        this.findings = findings;
    }

    Settings settings() {
        return new Settings(
                new MemberName(values.requiredText("name")),
                values.requiredText("scope"),
                values.requiredText("namespace"),
                restapi(),
                ctl(),
                bootstrap(),
                postgresql(),
                tags(),
                new LogReader(values, findings).log(),
                watchdog(),
                StoreSection.chosen(values).orElseThrow().read(values, toomaiDir(), findings),
                toomai(),
                CitusSettings.of(values),
                values.root());
    }

    StoreNode storeNode() {
        MemberName name = new MemberName(values.requiredText("name"));
        return new StoreNode(
                name,
                values.text("scope")
                        .map(scope ->
                                StorePlace.clusterPath(values.requiredText("namespace"), scope)),
                new LogReader(values, findings).log(),
                new StoreReader(values, anyDir(), findings).store());
    }

    OperatorSettings operator() {
        return new OperatorSettings(
                values.text("scope"),
                values.requiredText("namespace"),
                CitusSettings.of(values).map(CitusSettings::group),
                restAddress(),
                ctl(),
                values.path("restapi.cafile"),
                StoreSection.chosen(values)
                        .map(section -> section.read(values, anyDir(), findings)),
                new LogReader(values, findings).log(),
                compatibility());
    }

    LoneProxySettings loneProxy() {
        boolean secure =
                values.path("restapi.certfile").isPresent()
                        || values.path("ctl.cacert").isPresent()
                        || values.path("ctl.certfile").isPresent();
        return new LoneProxySettings(
                values.text("name"),
                operator(),
                ProxySection.of(values).orElseThrow(),
                LoneProxySettings.members(values, secure ? "https" : "http", findings),
                login("superuser"),
                values.root());
    }

    private Optional<OperatorSettings.RestAddress> restAddress() {
        String scheme = values.path("restapi.certfile").isPresent() ? "https" : "http";
        return values.text("restapi.connect_address")
                .map(HostPort::parse)
                .or(() -> values.text("restapi.listen").map(HostPort::listening))
                .map(address -> new OperatorSettings.RestAddress(scheme, address));
    }

    private RestApiSettings restapi() {
        HostPort listen = HostPort.listening(values.requiredText("restapi.listen"));
        HostPort connect =
                values.text("restapi.connect_address").map(HostPort::parse).orElse(listen);
        return new RestApiSettings(
                listen,
                connect,
                credentials("restapi.authentication"),
                tls(),
                values.texts("restapi.allowlist"),
                values.flag("restapi.allowlist_include_members"),
                values.textMap("restapi.http_extra_headers"),
                values.textMap("restapi.https_extra_headers"),
                values.whole("restapi.request_queue_size"),
                values.requiredText("restapi.server_tokens"));
    }

    private Optional<RestApiSettings.Tls> tls() {
        String verify = values.requiredText("restapi.verify_client").toUpperCase(Locale.ROOT);
        return values.path("restapi.certfile")
                .map(certificate ->
                        new RestApiSettings.Tls(
                                certificate,
                                values.path("restapi.keyfile"),
                                values.secret("restapi.keyfile_password"),
                                values.path("restapi.cafile"),
                                values.text("restapi.ciphers")
                                        .map(CipherList::suites)
                                        .orElse(List.of()),
                                RestApiSettings.VerifyClient.valueOf(verify)));
    }

    private CtlSettings ctl() {
        return new CtlSettings(
                values.flag("ctl.insecure"),
                values.path("ctl.cacert"),
                values.path("ctl.certfile"),
                values.path("ctl.keyfile"),
                values.secret("ctl.keyfile_password"),
                credentials("ctl.authentication").or(() -> credentials("restapi.authentication")));
    }

    private Optional<Credentials> credentials(String section) {
        return values.text(section + ".username")
                .flatMap(user ->
                        values.secret(section + ".password")
                                .map(password -> new Credentials(user, password)));
    }

    private BootstrapSettings bootstrap() {
        String method = values.requiredText("bootstrap.method");
        return new BootstrapSettings(
                JsonText.write(firstDynamic()),
                method,
                customMethod(method),
                Options.of(values.at("bootstrap.initdb"), Options.INITDB, findings),
                values.texts("bootstrap.pg_hba"),
                values.text("bootstrap.post_bootstrap"));
    }

    private Tree firstDynamic() {
        Tree written = values.at("bootstrap.dcs").orElse(Mapping.EMPTY);
        return values.at("citus").isPresent() && written instanceof Mapping mapping
                ? CitusSettings.dynamicDefaults(mapping, values.at("citus").get())
                : written;
    }

    private Optional<MethodSettings> customMethod(String method) {
        if (method.equals("initdb")) {
            return Optional.empty();
        }
        Optional<Tree> section = values.at("bootstrap." + method);
        if (section.orElse(Mapping.EMPTY) instanceof Mapping m && m.child("command").isPresent()) {
            return Optional.of(Options.method(method, m));
        }
        findings.problem(
                section.or(() -> values.at("bootstrap.method"))
                        .map(Tree::at)
                        .orElse(Position.NOWHERE),
                "bootstrap.method",
                "bootstrap.%s has no command".formatted(ValueCheck.shortened(method)));
        return Optional.empty();
    }

    private PostgresSettings postgresql() {
        ListenAddresses listen = ListenAddresses.parse(values.requiredText("postgresql.listen"));
        Path dataDir = values.path("postgresql.data_dir").orElseThrow();
        Mapping section =
                values.at("postgresql").orElseThrow() instanceof Mapping m ? m : Mapping.EMPTY;
        SortedMap<String, String> binNames = new TreeMap<>();
        for (String program :
                Catalogue.INSTANCE.namesBelow("postgresql.bin_name", Key.Scope.LOCAL)) {
            binNames.put(program, values.requiredText("postgresql.bin_name." + program));
        }
        return new PostgresSettings(
                listen,
                values.text("postgresql.connect_address")
                        .map(HostPort::parse)
                        .orElse(new HostPort(listen.localHost(), listen.port())),
                values.text("postgresql.proxy_address").map(HostPort::parse),
                values.requiredText("postgresql.database"),
                dataDir,
                values.path("postgresql.config_dir").orElse(dataDir),
                values.requiredText("postgresql.config_base_name"),
                values.path("postgresql.bin_dir"),
                binNames,
                values.path("postgresql.pgpass")
                        .orElse(Path.of(System.getProperty("user.home", "/"), "pgpass")),
                values.text("postgresql.krbsrvname"),
                authentication(),
                section);
    }

    private PostgresSettings.Authentication authentication() {
        Login superuser = login("superuser");
        boolean ownRewind =
                values.at("postgresql.authentication.rewind").orElse(Mapping.EMPTY)
                                instanceof Mapping m
                        && !m.entries().isEmpty();
        return new PostgresSettings.Authentication(
                superuser, login("replication"), ownRewind ? login("rewind") : superuser);
    }

    private Login login(String user) {
        String section = "postgresql.authentication." + user;
        SortedMap<String, String> options = new TreeMap<>();
        for (String name : Catalogue.INSTANCE.namesBelow(section, Key.Scope.LOCAL)) {
            if (!List.of("username", "password", "sslpassword").contains(name)) {
                values.text(section + "." + name).ifPresent(text -> options.put(name, text));
            }
        }
        return new Login(
                values.text(section + ".username"),
                values.secret(section + ".password"),
                values.secret(section + ".sslpassword"),
                options);
    }

    private Tags tags() {
        Map<String, Object> tags = new TreeMap<>();
        if (values.at("tags").orElse(Mapping.EMPTY) instanceof Mapping mapping) {
            mapping.entries()
                    .forEach((name, tree) -> {
                        if (tree instanceof Scalar scalar && scalar.kind() != Kind.NULL) {
                            tags.put(name, tag(name, scalar));
                        }
                    });
        }
        return new Tags(tags);
    }

    private static Object tag(String name, Scalar scalar) {
        Key.Type type = Catalogue.INSTANCE.key("tags." + name).type();
        String text = scalar.text();
        if (type == Key.Type.FLAG) {
            return Values.isTrue(text);
        }
        if (type == Key.Type.WHOLE) {
            return Long.valueOf(text.strip());
        }
        return switch (scalar.kind()) {
            case FLAG -> text.equals("true");
            case WHOLE -> whole(text);
            case REAL -> Double.valueOf(text);
            case TEXT, NULL -> text;
        };
    }

    /// What is no number of ours is told to others as it was written.
    private static Object whole(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException _) {
            return text;
        }
    }

    private WatchdogSettings watchdog() {
        String mode = values.requiredText("watchdog.mode").toUpperCase(Locale.ROOT);
        int margin = values.whole("watchdog.safety_margin");
        return new WatchdogSettings(
                WatchdogSettings.Mode.valueOf(mode),
                values.path("watchdog.device").orElseThrow(),
                Optional.of(margin).filter(seconds -> seconds >= 0).map(Duration::ofSeconds));
    }

    private ToomaiSettings toomai() {
        Compatibility compatibility = compatibility();
        String unauthenticated =
                values.text("toomai.restapi.unauthenticated")
                        .map(word -> word.toUpperCase(Locale.ROOT))
                        .orElse(compatibility == Compatibility.STRICT ? "ALLOW" : "REFUSE");
        return new ToomaiSettings(
                toomaiDir(),
                values.whole("toomai.journal.views"),
                ToomaiSettings.Unauthenticated.valueOf(unauthenticated),
                compatibility,
                ProxySection.of(values));
    }

    private Compatibility compatibility() {
        return Compatibility.valueOf(
                values.requiredText("toomai.compat.patroni").toUpperCase(Locale.ROOT));
    }

    /// Where the file need not say anything of PostgreSQL.
    private Path anyDir() {
        return values.path("postgresql.data_dir").isPresent()
                ? toomaiDir()
                : values.path("toomai.data_dir").orElse(Path.of("toomai"));
    }

    /// Beside the data directory, because that one is emptied when a replica is made anew.
    private Path toomaiDir() {
        Path dataDir = values.path("postgresql.data_dir").orElseThrow();
        return values.path("toomai.data_dir")
                .orElseGet(() -> dataDir.resolveSibling(dataDir.getFileName() + "-toomai"));
    }
}

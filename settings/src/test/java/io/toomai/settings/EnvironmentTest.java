package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.settings.LoadResult.Loaded;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    @Test
    void variablesOverrideTheFile() {
        Settings settings =
                loaded(
                                Map.ofEntries(
                                        Map.entry("PATRONI_NAME", "pg9"),
                                        Map.entry("PATRONI_SCOPE", "0123"),
                                        Map.entry("PATRONI_NAMESPACE", "/x"),
                                        Map.entry("PATRONI_LOGLEVEL", "DEBUG"),
                                        Map.entry("PATRONI_LOG_LOGGERS", "a: ERROR, b: INFO"),
                                        Map.entry("PATRONI_RESTAPI_LISTEN", "0.0.0.0:1"),
                                        Map.entry("PATRONI_RESTAPI_USERNAME", "u"),
                                        Map.entry("PATRONI_RESTAPI_PASSWORD", "12345"),
                                        Map.entry("PATRONI_RESTAPI_ALLOWLIST", "a,b"),
                                        Map.entry("PATRONI_RESTAPI_HTTP_EXTRA_HEADERS", "{A: b}"),
                                        Map.entry("PATRONI_CTL_INSECURE", "on"),
                                        Map.entry("PATRONI_POSTGRESQL_LISTEN", "*:6"),
                                        Map.entry("PATRONI_POSTGRESQL_DATA_DIR", "/d"),
                                        Map.entry("PATRONI_POSTGRESQL_BIN_POSTGRES", "pg"),
                                        Map.entry("PATRONI_SUPERUSER_USERNAME", "su"),
                                        Map.entry("PATRONI_SUPERUSER_PASSWORD", "[x"),
                                        Map.entry("PATRONI_REPLICATION_SSLMODE", "require"),
                                        Map.entry("TOOMAI_STORE_VOTERS", "2@h:1:2:3,1@[::1]:4:5:6"),
                                        Map.entry("TOOMAI_STORE_ID", "2"),
                                        Map.entry("HOME", "/root")))
                        .settings();

        assertThat(settings.name().value()).isEqualTo("pg9");
        assertThat(settings.place().clusterPath()).isEqualTo("/x/0123/");
        assertThat(settings.log().level()).isEqualTo(LogSettings.Level.DEBUG);
        assertThat(settings.log().loggers()).hasSize(2);
        assertThat(settings.restapi().listen()).isEqualTo(new HostPort("0.0.0.0", 1));
        assertThat(settings.restapi().authentication())
                .contains(new Credentials("u", new Secret("12345")));
        assertThat(settings.restapi().allowlist()).containsExactly("a", "b");
        assertThat(settings.restapi().httpExtraHeaders()).containsEntry("A", "b");
        assertThat(settings.ctl().insecure()).isTrue();
        assertThat(settings.postgresql().listen().parameter()).isEqualTo("*");
        assertThat(settings.postgresql().connectAddress()).hasToString("localhost:6");
        assertThat(settings.postgresql().dataDir()).hasToString("/d");
        assertThat(settings.postgresql().binNames()).containsEntry("postgres", "pg");
        assertThat(settings.postgresql().authentication().superuser().password())
                .contains(new Secret("[x"));
        assertThat(settings.postgresql().authentication().replication().options())
                .containsEntry("sslmode", "require");
        assertThat(((StoreSettings) settings.store()).voters()).hasSize(2);
        assertThat(((StoreSettings) settings.store()).clientPort()).isEqualTo(3);
    }

    @Test
    void eachNameOfTheCatalogueReachesItsKey() {
        for (Key key : Catalogue.INSTANCE.keys()) {
            for (String name : key.environment()) {
                Findings findings = new Findings();
                Values values =
                        new Values(
                                new Environment(Map.of(name, "x"), findings)
                                        .overlay(io.toomai.settings.text.Tree.Mapping.EMPTY));
                boolean flowOfPairs = key.type() == Key.Type.TEXT_MAP;
                assertThat(values.at(key.path()).isPresent() || flowOfPairs).as(name).isTrue();
            }
        }
    }

    @Test
    void badAndUnknownVariablesAreNamed() {
        assertThat(Samples.problems(Samples.MINIMAL, Map.of("PATRONI_RESTAPI_LISTEN", "x")))
                .containsExactly(
                        "environment PATRONI_RESTAPI_LISTEN: restapi.listen: expected host:port,"
                                + " found 'x'");
        assertThat(Samples.problems(Samples.MINIMAL, Map.of("TOOMAI_STORE_VOTERS", "[")))
                .singleElement()
                .asString()
                .startsWith("environment TOOMAI_STORE_VOTERS: toomai.store.voters: not valid YAML");
        assertThat(loaded(Map.of("PATRONI_NAMESPCE", "x")).warnings())
                .extracting(Warning::toString)
                .containsExactly(
                        "environment PATRONI_NAMESPCE: is not a known variable; did you mean"
                                + " PATRONI_NAMESPACE?; it is ignored");
    }

    private static Loaded loaded(Map<String, String> environment) {
        LoadResult result =
                SettingsFile.parse(Samples.MINIMAL, "patroni.yml", new TreeMap<>(environment));
        assertThat(result).as(ConfigReport.render(result)).isInstanceOf(Loaded.class);
        return (Loaded) result;
    }
}

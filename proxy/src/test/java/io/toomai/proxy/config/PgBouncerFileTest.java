package io.toomai.proxy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.toomai.proxy.config.PgBouncerFile.Result;
import io.toomai.proxy.config.PgBouncerFile.Result.Loaded;
import io.toomai.proxy.config.PgBouncerFile.Result.Rejected;
import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PgBouncerFileTest {
    @TempDir private Path folder;

    private Result read(String text) throws IOException {
        return PgBouncerFile.read(Files.writeString(folder.resolve("pgbouncer.ini"), text));
    }

    private ProxySettings loaded(String text) throws IOException {
        return assertThat(read(text)).asInstanceOf(type(Loaded.class)).actual().settings();
    }

    @Test
    void aByteOrderMarkIsNoWord() throws IOException {
        Path users = Files.writeString(folder.resolve("users"), "\uFEFF\"anna\" \"geheim\"\n");
        Path more = Files.writeString(folder.resolve("more"), "\uFEFF[users]\nanna =\n");
        Path ini =
                Files.writeString(
                        folder.resolve("marked.ini"),
                        "\uFEFF[databases]\n* =\n[pgbouncer]\nauth_file = %s\n%%include %s\n"
                                .formatted(users, more));
        Configuration read =
                assertThat(Configuration.load(ini))
                        .asInstanceOf(type(Configuration.Loading.Loaded.class))
                        .actual()
                        .configuration();
        assertThat(read.settings().databases()).containsKey("*");
        assertThat(read.settings().users()).containsKey("anna");
        assertThat(read.users().users()).containsOnlyKeys("anna");
    }

    @Test
    void theUsualFile() throws IOException {
        Files.writeString(
                folder.resolve("more.ini"),
                "[users]\nanna = pool_mode=session query_timeout=1.5 max_user_connections=3\n");
        ProxySettings settings =
                loaded(
                        """
                        ; comment
                        [databases]
                        app = host=10.0.0.1,10.0.0.2 port=5433 dbname=app_1 user=u password='p''w' \
                        pool_size=7 reserve_pool=2 load_balance_hosts=disable datestyle=ISO
                        "odd name" =
                        * = host=/run/postgresql
                        # comment
                        [pgbouncer]
                        listen_port = 6543
                        pool_mode=transaction
                        server_idle_timeout = 0.5
                        admin_users = a, b
                        %%include %s
                        [peers]
                        1 = host=/tmp/one
                        2 = host=127.0.0.1 port=7000 pool_size=3
                        """
                                .formatted(folder.resolve("more.ini")));
        assertThat(settings.values().number("listen_port")).isEqualTo(6543);
        assertThat(settings.values().number("max_client_conn")).isEqualTo(100);
        assertThat(settings.values().time("server_idle_timeout")).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.values().list("admin_users")).containsExactly("a", "b");
        Database app = requireNonNull(settings.databases().get("app"));
        assertThat(app.hosts()).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(app.password().orElseThrow().reveal()).isEqualTo("p'w");
        assertThat(app.toString()).doesNotContain("p'w");
        assertThat(app.limits().poolSize()).hasValue(7);
        assertThat(app.limits().reservePoolSize()).hasValue(2);
        assertThat(app.balance()).isEqualTo(Database.Balance.DISABLE);
        assertThat(app.startup()).containsEntry("datestyle", "ISO");
        assertThat(settings.databases()).containsKeys("odd name", "*");
        UserLimits anna = requireNonNull(settings.users().get("anna"));
        assertThat(anna.poolMode()).hasValue(PoolMode.SESSION);
        assertThat(anna.times().query()).hasValue(Duration.ofMillis(1500));
        assertThat(settings.peers())
                .containsExactly(
                        new Peer(1, "/tmp/one", 6432, 20), new Peer(2, "127.0.0.1", 7000, 3));
    }

    /// As in PgBouncer, `HBA` is `hba`: a reader that compared it would fall to its default.
    @Test
    void wordsAreTheSameInCapitals() throws IOException {
        for (Setting setting : Catalogue.SETTINGS.values()) {
            if (setting.kind() instanceof SettingKind.OneOf(var words)) {
                for (String word : words) {
                    String written = word.toUpperCase(Locale.ROOT);
                    ProxySettings read = loaded("[pgbouncer]\n" + setting.name() + " = " + written);
                    assertThat(read.values().text(setting.name())).isEqualTo(word);
                    ProxySettings set = read.with(setting.name(), written).orElseThrow();
                    assertThat(set.values().text(setting.name())).isEqualTo(word);
                }
            }
        }
        ProxySettings entries =
                loaded(
                        """
                        [databases]
                        a = host=h load_balance_hosts=Disable pool_mode=Statement route=Read-Only
                        [users]
                        anna = pool_mode=TRANSACTION
                        """);
        Database a = requireNonNull(entries.databases().get("a"));
        assertThat(a.balance()).isEqualTo(Database.Balance.DISABLE);
        assertThat(a.limits().poolMode()).hasValue(PoolMode.STATEMENT);
        assertThat(a.route()).hasValue(Route.READ);
        assertThat(requireNonNull(entries.users().get("anna")).poolMode())
                .hasValue(PoolMode.TRANSACTION);
    }

    @Test
    void whatIsNotSupportedIsRefusedInCapitals() throws IOException {
        Path ini =
                Files.writeString(
                        folder.resolve("pgbouncer.ini"), "[pgbouncer]\nauth_type = PAM\n");
        assertThat(Configuration.load(ini)).asString().contains("pam is not supported here");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[pgbouncer]\\nlisten_prt = 1 | 2 | listen_port",
                "[pgbouncer]\\nlisten_port = x | 2 | 65535",
                "[pgbouncer]\\nlisten_port = 65536 | 2 | 65535",
                "[pgbouncer]\\npool_mode = both | 2 | transaction",
                "[pgbouncer]\\nserver_lifetime = -1 | 2 | seconds",
                "[pgbouncer]\\ntcp_keepalive = maybe | 2 | 0 or 1",
                "[pgbouncer]\\nunix_socket_mode = 999 | 2 | permissions",
                "[pgbouncer]\\nsyslog_facility = local8 | 2 | must be one of",
                "[pgbouncer]\\nunix_socket_dir = @abstract | 2 | name a directory",
                "[databases]\\na = host=x,@abstract | 2 | name a directory",
                "[peers]\\n1 = host=@abstract | 2 | name a directory",
                "[pgbouncer]\\nlogfile = /tmp/a\\0b | 2 | name of a file",
                "[pgbouncer]\\nauth_file = /tmp/a\\0b | 2 | name of a file",
                "[pgbouncer]\\nclient_tls_key_file = /tmp/a\\0b | 2 | name of a file",
                "[pgbouncer]\\nunix_socket_dir = /tmp/a\\0b | 2 | name of a file",
                "[databases]\\na = host=/tmp/a\\0b | 2 | name of a file",
                "%include /tmp/a\\0b | 1 | cannot read",
                "[databases]\\na = port=5433\\n[pgbouncer]\\nunix_socket_dir = | 2 | names no host",
                "[pgbouncr]\\na = 1 | 2 | pgbouncer",
                "pool_mode = session | 1 | before any",
                "[databases]\\na = hots=1 | 2 | host",
                "[databases]\\na = port=0 | 2 | port",
                "[databases]\\na = password='geheim | 2 | does not end",
                "[databases]\\nnonsense | 2 | name = value",
                "[users]\\na = pool_mode=x | 2 | pool_mode",
                "[peers]\\na = host=x | 2 | 16383",
                "[peers]\\n1 = port=7 | 2 | host",
                "[databases | 1 | section",
                "%include | 1 | names no file",
                "%include /nowhere/x | 1 | /nowhere/x"
            })
    void nonsenseNamesItsLineAndTheNearestWord(String text, int line, String word)
            throws IOException {
        Rejected rejected =
                assertThat(read(text.replace("\\n", "\n").replace("\\0", "\0")))
                        .asInstanceOf(type(Rejected.class))
                        .actual();
        assertThat(rejected.problems()).hasSize(1);
        assertThat(rejected.problems().getFirst().line()).isEqualTo(line);
        assertThat(rejected.problems().getFirst().toString())
                .contains(word, "pgbouncer.ini")
                .doesNotContain("geheim");
    }

    @Test
    void aFileThatIncludesItselfEnds() throws IOException {
        Path file = folder.resolve("pgbouncer.ini");
        assertThat(read("%include " + file + "\n")).isInstanceOf(Rejected.class);
    }

    @Test
    void whatHasNoMeaningHereIsToldOnce() throws IOException {
        Loaded loaded =
                assertThat(read("[pgbouncer]\npkt_buf = 8192\nsbuf_loopcnt = 5\n"))
                        .asInstanceOf(type(Loaded.class))
                        .actual();
        assertThat(loaded.warnings()).singleElement().asString().contains("pkt_buf", ":2");
    }

    @Test
    void everyDefaultIsAValueOfItsKind() {
        for (Setting setting : Catalogue.SETTINGS.values()) {
            assertThat(setting.kind().fault(setting.byDefault())).as(setting.name()).isEmpty();
        }
    }
}

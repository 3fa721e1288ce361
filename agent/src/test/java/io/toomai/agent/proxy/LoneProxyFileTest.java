package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.toomai.agent.proxy.LoneProxy.Loading;
import io.toomai.proxy.net.Steward;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What is wrong with PgBouncer's words within a settings file is said of its line there.
class LoneProxyFileTest {
    @TempDir Path folder;

    /// @param proxy lines of `toomai: proxy:`, the first of which is the file's fourth
    private Loading load(String proxy) throws IOException {
        return LoneProxy.load(
                Files.writeString(
                        folder.resolve("proxy.yml"),
                        """
                        toomai:
                          proxy:
                            listen: 127.0.0.1:0
                        """
                                + proxy.indent(4)
                                + "    members: [127.0.0.1:8008]\n"),
                Map.of());
    }

    private List<String> problems(String proxy) throws IOException {
        return switch (load(proxy)) {
            case Loading.Rejected(var problems) ->
                    problems.stream()
                            .map(Problem::toString)
                            .map(text -> text.replace(folder + "/", ""))
                            .toList();
            case Loading.Loaded _ -> throw new AssertionError("it was taken");
        };
    }

    @Test
    void whatTakesARestartIsSaidOnce() throws Exception {
        Loading.Loaded first = (Loading.Loaded) load("");
        Loading.Loaded second =
                (Loading.Loaded)
                        LoneProxy.load(
                                Files.writeString(
                                        folder.resolve("proxy.yml"),
                                        Files.readString(folder.resolve("proxy.yml"))
                                                .replace(
                                                        "listen: 127.0.0.1:0",
                                                        "listen: 127.0.0.1:1")),
                                Map.of());
        Logger logger = (Logger) LoggerFactory.getLogger("io.toomai");
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.list = new CopyOnWriteArrayList<>();
        said.start();
        logger.addAppender(said);
        try (LoneProxy lone = LoneProxy.start(first, new NobodyRuns())) {
            lone.take(second.settings());
            lone.proxy().configure(second.configuration());
            Supplier<List<String>> restarts =
                    () ->
                            said.list.stream()
                                    .map(ILoggingEvent::getFormattedMessage)
                                    .filter(line -> line.contains("restart"))
                                    .toList();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> restarts.get().toString().contains("listen_port"));
            assertThat(restarts.get())
                    .containsExactly(
                            "listen_port = 1 is in force after a restart, until then it is 0");
        } finally {
            logger.detachAppender(said);
        }
    }

    private static final class NobodyRuns implements Steward {
        @Override
        public Reread reread() {
            return new Reread.Failed(List.of());
        }

        @Override
        public void end() {}
    }

    /// It would let others in, or shut them out.
    @Test
    void permissionsThatYamlReadsAsANumberAreRefused() throws Exception {
        assertThat(problems("pgbouncer:\n  unix_socket_mode: 0660\n"))
                .singleElement()
                .asString()
                .startsWith("proxy.yml:5: toomai.proxy.pgbouncer.unix_socket_mode: ")
                .contains("quotes");
        assertThat(load("pgbouncer:\n  unix_socket_mode: '0660'\n"))
                .isInstanceOf(Loading.Loaded.class);
    }

    @Test
    void whatHasNoEffectIsSaid() throws Exception {
        Loading.Loaded loaded =
                (Loading.Loaded) load("pgbouncer:\n  listen_port: 6543\n  pool_mode: session\n");
        assertThat(loaded.warnings())
                .singleElement()
                .asString()
                .contains("proxy.yml:5: toomai.proxy.pgbouncer.listen_port: ")
                .contains("toomai.proxy.listen");
    }

    @Test
    void whoLetsAnybodyInFromAnywhereIsTold() throws Exception {
        String trust = "pgbouncer:\n  auth_type: Trust\n";
        assertThat(((Loading.Loaded) load(trust)).warnings()).isEmpty();
        Path everywhere = folder.resolve("proxy.yml");
        Files.writeString(
                everywhere, Files.readString(everywhere).replace("127.0.0.1:0", "0.0.0.0:0"));
        assertThat(((Loading.Loaded) LoneProxy.load(everywhere, Map.of())).warnings())
                .singleElement()
                .asString()
                .contains("proxy.yml:5: toomai.proxy.pgbouncer.auth_type: ")
                .contains("superuser");
    }

    @Test
    void anEntryOfNothingButItsNameIsOne() throws Exception {
        Loading.Loaded loaded =
                (Loading.Loaded) load("databases:\n  \"*\":\n  shop: dbname=store\n");
        assertThat(loaded.configuration().settings().databases()).containsOnlyKeys("*", "shop");
    }

    /// Members say `true` of a tag that is set, also as YAML's `yes`.
    @Test
    void flagsAmongTagsAreWrittenAsMembersWriteThem() throws Exception {
        Loading.Loaded loaded = (Loading.Loaded) load("tags: {fast: yes, zone: 3, rack: b}\n");
        assertThat(loaded.settings().proxy().reads().tags())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("fast", "true", "zone", "3", "rack", "b"));
    }

    @Test
    void eachKeyHasItsLine() throws Exception {
        assertThat(
                        problems(
                                """
                                pgbouncer:
                                  default_pool_size: 5
                                  pool_mod: session
                                  max_client_conn: many
                                databases:
                                  shop: pool_sice=3
                                  "with.dot": pool_mode=never
                                users:
                                  anna: pool_mode=never
                                """))
                .hasSize(5)
                .anyMatch(line ->
                        line.startsWith("proxy.yml:6: toomai.proxy.pgbouncer.pool_mod: ")
                                && line.contains("did you mean pool_mode?"))
                .anyMatch(line ->
                        line.startsWith("proxy.yml:7: toomai.proxy.pgbouncer.max_client_conn: "))
                .anyMatch(line ->
                        line.startsWith("proxy.yml:9: toomai.proxy.databases.shop: ")
                                && line.contains("did you mean pool_size?"))
                .anyMatch(
                        line -> line.startsWith("proxy.yml:10: toomai.proxy.databases.with.dot: "))
                .anyMatch(line -> line.startsWith("proxy.yml:12: toomai.proxy.users.anna: "));
    }

    @Test
    void soHasWhatIsWrongTogetherWithOthers() throws Exception {
        assertThat(
                        problems(
                                """
                                pgbouncer:
                                  pool_mode: session
                                  client_tls_sslmode: require
                                  client_tls_key_file: /no/where
                                  auth_type: pam
                                """))
                .anyMatch(line ->
                        line.startsWith("proxy.yml:7: toomai.proxy.pgbouncer.client_tls_key_file:"))
                .anyMatch(line -> line.startsWith("proxy.yml:8: toomai.proxy.pgbouncer.auth_type:"))
                .anyMatch(line ->
                        line.startsWith("proxy.yml:4: toomai.proxy.pgbouncer.client_tls_cert_file"))
                .noneMatch(line -> line.startsWith("proxy.yml: "));
    }

    @Test
    void andWhatHasNoEffect() throws Exception {
        Loading loading = load("pgbouncer:\n  pool_mode: session\n  job_name: gate\n");
        assertThat(loading)
                .isInstanceOfSatisfying(
                        Loading.Loaded.class,
                        loaded ->
                                assertThat(loaded.warnings())
                                        .extracting(Warning::toString)
                                        .singleElement()
                                        .asString()
                                        .contains("proxy.yml:6: toomai.proxy.pgbouncer.job_name:"));
    }
}

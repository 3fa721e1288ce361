package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.LoadResult.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each way to write a file wrongly, and what is said.
class RefusalTest {
    private static final String PATRONI =
            Samples.MINIMAL.substring(0, Samples.MINIMAL.indexOf("toomai:"));

    private static final Map<String, String> VOTERS =
            Map.of("TOOMAI_STORE_VOTERS", "1@127.0.0.1:2888:3888:2181");

    @Test
    void anUnknownKeyIsRefusedWithTheNearestName() {
        assertThat(Samples.problems(Samples.MINIMAL.replace("data_dir:", "datadir:")))
                .containsExactly(
                        "patroni.yml:7: postgresql.datadir: is not a setting; did you mean"
                                + " postgresql.data_dir?",
                        "patroni.yml:5: postgresql.data_dir: is missing; set it (or"
                                + " PATRONI_POSTGRESQL_DATA_DIR in the environment)");
        assertThat(Samples.problems(Samples.MINIMAL + "connect_address: x:1\n").getFirst())
                .isEqualTo("patroni.yml:15: connect_address: is not a setting");
        assertThat(Samples.problems(Samples.MINIMAL + "use_pg_rewind: on\n").getFirst())
                .endsWith(
                        "use_pg_rewind: is not a setting; did you mean postgresql.use_pg_rewind?");
    }

    @Test
    void aPatroniFileWithUnknownKeysStartsWithWarnings() {
        String yaml = PATRONI.replace("restapi:", "wathcdog: {mode: off}\nrestapi:");
        Loaded loaded = (Loaded) SettingsFile.parse(yaml, "patroni.yml", VOTERS);
        assertThat(loaded.warnings())
                .containsExactly(
                        new Warning(
                                "wathcdog",
                                "patroni.yml",
                                3,
                                "is not a setting; did you mean watchdog?; it is ignored"));
    }

    @Test
    void aStoreThatIsNotAvailableIsNamed() {
        assertThat(Samples.problems(PATRONI + "raft:\n  self_addr: a:2379\n"))
                .containsExactly(
                        "patroni.yml:11: raft: store 'raft' is not available in this version;"
                                + " use the embedded store: toomai.store.voters");
        assertThat(Samples.problems(PATRONI + "etcd: {hosts: a}\n").getFirst())
                .contains("use etcd3 with the same hosts");
        assertThat(Samples.problems(PATRONI, Map.of("PATRONI_EXHIBITOR_HOSTS", "x:1")).getFirst())
                .startsWith(
                        "environment PATRONI_EXHIBITOR_HOSTS: exhibitor: store 'exhibitor' is not");
        Loaded both =
                (Loaded) SettingsFile.parse(PATRONI + "etcd3: {hosts: x}\n", "patroni.yml", VOTERS);
        assertThat(both.warnings().toString()).contains("etcd3: is not used");
        assertThat(Samples.problems(PATRONI).getFirst())
                .contains("toomai.store.voters: is missing");
    }

    @Test
    void everyRequiredKeyIsMissed() {
        assertThat(Samples.problems("toomai: {store: {voters: ['1@h:1:2:3']}}\n"))
                .extracting(problem -> problem.substring(0, problem.indexOf(':', 15)))
                .containsExactly(
                        "patroni.yml:1: name",
                        "patroni.yml:1: postgresql.authentication.replication.username",
                        "patroni.yml:1: postgresql.data_dir",
                        "patroni.yml:1: postgresql.listen",
                        "patroni.yml:1: restapi.listen",
                        "patroni.yml:1: scope");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    log: {file_num: many} | expected whole number from 0, found 'many'
                    log: {file_num: -1} | expected whole number from 0, found '-1'
                    log: {type: xml} | expected one of plain, json, found 'xml'
                    log: {level: [1]} | found a list
                    log: 7 | log: expected a mapping, found a single value
                    ctl: {insecure: maybe} | expected on or off, found 'maybe'
                    watchdog: {mode: {}} | expected one of off, automatic, required, found a mapping
                    tags: {failover_priority: high} | expected whole number, found 'high'
                    tags: {rack: {a: b}} | expected text, number or flag, found a mapping
                    bootstrap: {pg_hba: {a: b}} | expected list of text, found a mapping
                    bootstrap: {method: own} | bootstrap.own has no command
                    bootstrap: {dcs: {ttl: x}} | bootstrap.dcs.ttl: expected seconds, found 'x'
                    bootstrap: {dcs: {toomai: {switchover_drain: 51}}} | bootstrap.dcs.toomai.switchover_drain: expected time: seconds, or with unit ms, s, min, h, d from 0 to 50, found '51'
                    """)
    void aWrongValueIsRefused(String line, String expected) {
        assertThat(Samples.problems(Samples.MINIMAL + line + "\n"))
                .singleElement()
                .asString()
                .startsWith("patroni.yml:15: ")
                .contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1@h:1:2 | expected id@host:peer_port:election_port:client_port
                    0@h:1:2:3 | expected an id from 1 to 255
                    1@h:1:2:99999 | expected a port from 1 to 65535
                    2@h:1:2:3 | no voter in toomai.store.voters has the id 1
                    1@a:1:2:3, 1@b:1:2:3 | id 1 is used twice
                    {id: 1, hots: x} | a voter has no 'hots'; did you mean host?
                    {id: 1, host: x} | a voter needs 'peer_port'
                    [] | a voter is not a list
                    """)
    void aWrongVoterIsRefused(String voters, String expected) {
        String yaml = Samples.MINIMAL.replace("\"1@127.0.0.1:2888:3888:2181\"", voters);
        assertThat(Samples.problems(yaml)).anyMatch(problem -> problem.contains(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    observers: ['1@h:1:2:3'] | id 1 is a voter's
                    observers: ['x'] | toomai.store.observers: expected id@host
                    tls: {key: /k} | needs certificate, key and ca
                    client_listen: 0.0.0.0 | yml:15: toomai.store.client_listen: 0.0.0.0 lets other hosts change the store, so it needs toomai.store.password
                    client_listen: '[::]' | needs toomai.store.password
                    client_listen: '*' | needs toomai.store.password
                    client_listen: pg1 | needs toomai.store.password
                    password: '' | toomai.store.password: is empty
                    """)
    void aWrongStoreIsRefused(String line, String expected) {
        String yaml = Samples.MINIMAL + "    " + line + "\n";
        assertThat(Samples.problems(yaml)).anyMatch(problem -> problem.contains(expected));
    }

    @Test
    void soManyVotersAreOfNoUse() {
        String one = "\"1@127.0.0.1:2888:3888:2181\"";
        assertThat(Samples.warnings(Samples.MINIMAL.replace(one, one + ", 2@h:1:2:3")))
                .anyMatch(warning -> warning.contains("2 voters bear no more losses than 1"));
        String many = one;
        for (int id = 2; id <= 9; id++) {
            many += ", %d@h:1:2:3".formatted(id);
        }
        assertThat(Samples.problems(Samples.MINIMAL.replace(one, many)))
                .anyMatch(problem -> problem.contains("more than seven voters"));
    }

    @Test
    void aWitnessNeedsItsStoreOnly(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("witness.yml"), "name: w\n");
        assertThat(SettingsFile.loadStoreNode(file, Map.of()))
                .isInstanceOfSatisfying(
                        StoreNode.Loading.Refused.class,
                        refused ->
                                assertThat(refused.why().problems().toString())
                                        .contains("toomai.store.id", "toomai.store.data_dir"));
        Files.writeString(
                file, "name: w\ntoomai: {store: {id: 3, data_dir: /s, voters: ['3@h:1:2:3']}}\n");
        assertThat(SettingsFile.loadStoreNode(file, Map.of()))
                .isInstanceOfSatisfying(
                        StoreNode.Loading.Loaded.class,
                        loaded -> {
                            assertThat(loaded.node().store().dataDir()).isEqualTo(Path.of("/s"));
                            assertThat(loaded.node().clusterPath()).isEmpty();
                        });
    }

    @Test
    void addressesAreChecked() {
        for (String bad : List.of("8008", "host:", "host:70000", "host:http")) {
            String yaml =
                    Samples.MINIMAL.replace("listen: 127.0.0.1:8008", "listen: '" + bad + "'");
            assertThat(Samples.problems(yaml))
                    .containsExactly(
                            "patroni.yml:4: restapi.listen: expected host:port, found '"
                                    + bad
                                    + "'");
        }
    }

    @Test
    void textThatIsNoYamlHasItsLine() {
        assertThat(Samples.problems("name: pg1\nname: pg2\nlog: {}\nlog: {}\n"))
                .containsExactly(
                        "patroni.yml:2: key 'name' is written twice; the first is in line 1",
                        "patroni.yml:4: key 'log' is written twice; the first is in line 3");
        assertThat(Samples.problems("name: pg1\nscope: [a\nlog: {}\n").getFirst())
                .startsWith("patroni.yml:3: not valid YAML");
        assertThat(Samples.problems("name: pg1\n  scope: b\n").getFirst())
                .startsWith("patroni.yml:2: not valid YAML");
        assertThat(Samples.problems("- a\n"))
                .containsExactly("patroni.yml:1: expected a mapping of settings");
        assertThat(Samples.problems("a: &a [*a]\n").getFirst()).contains("not valid YAML");
    }

    @Test
    void secretsAreNeverShown() {
        String secret = "s3cr3t";
        List<String> texts =
                List.of(
                        Samples.MINIMAL + "ctl: {authentication: {password: [" + secret + "]}}\n",
                        Samples.MINIMAL + "ctl: {authentication: {password: *" + secret + "}}\n",
                        Samples.MINIMAL + "ctl: {authentication: {password: \"" + secret + "}}\n",
                        Samples.MINIMAL + "ctl: {keyfile_password: {a: " + secret + "}}\n");
        for (String text : texts) {
            assertThat(Samples.problems(text).toString()).doesNotContain(secret);
        }
        Settings settings =
                Samples.loaded(Samples.MINIMAL + "ctl: {keyfile_password: " + secret + "}\n");
        assertThat(settings.toString()).doesNotContain(secret);
        String login = "        username: x\n        password: " + secret + "\n";
        Settings users =
                Samples.loaded(
                        Samples.MINIMAL.replace(
                                "    replication:\n",
                                "    superuser:\n" + login + "    replication:\n"));
        assertThat(users.toString()).doesNotContain(secret);
    }

    @Test
    void whatBelongsToTheStoreIsIgnoredInTheFile() {
        assertThat(Samples.warnings(Samples.MINIMAL + "ttl: 7\n"))
                .containsExactly(
                        "patroni.yml:15: ttl: is ignored here: it belongs to the dynamic"
                                + " configuration (bootstrap.dcs, edit-config)");
        assertThat(Samples.warnings(Samples.MINIMAL + "standby_cluster: {host: x}\n")).hasSize(1);
    }

    @Test
    void olderNamesStillCount() {
        Loaded loaded =
                Samples.loadedResult(
                        Samples.MINIMAL + "bootstrap: {post_init: a, post_bootstrap: b}\n");
        assertThat(loaded.settings().bootstrap().postBootstrap()).contains("b");
        assertThat(loaded.warnings().toString()).contains("bootstrap.post_init: is ignored");
        assertThat(
                        Samples.loaded(Samples.MINIMAL + "bootstrap: {post_init: a}\n")
                                .bootstrap()
                                .postBootstrap())
                .contains("a");
    }
}

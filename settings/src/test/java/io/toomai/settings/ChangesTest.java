package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What a reload finds changed.
class ChangesTest {
    /// Each section whose keys the agent's reload applies, with the class that does it.
    private static final Set<String> APPLIED =
            Set.of(
                    "log", // agent: LogSetup
                    "restapi", // api: RestServer.reload
                    "ctl", // commands read it each time; agent: RestWiring asks the latest file
                    "tags", // agent: HaLoop takes them from the file that was read last
                    "watchdog", // agent: WatchdogWiring, the same
                    "toomai", // agent: NodeProxy; cli: ProxyRun
                    "postgresql"); // settings: EffectivePostgres, made anew

    @Test
    void whatNeedsARestartIsNamed() {
        Settings before = Samples.loaded(Samples.MINIMAL + "tags: {nosync: true}\n");
        Settings after =
                Samples.loaded(
                        Samples.MINIMAL
                                        .replace("name: pg1", "name: pg2")
                                        .replace("data_dir: /data/pg1", "data_dir: /data/pg2")
                                + "tags: {nosync: false}\nlog: {level: DEBUG}\n");
        assertThat(before.changesForRestart(after)).containsExactly("name", "postgresql.data_dir");
        assertThat(before.changesForRestart(before)).isEmpty();
    }

    @Test
    void everyKeyThatAReloadAppliesHasSomebodyWhoDoesIt() {
        Set<String> sections = new TreeSet<>();
        for (Key key : Catalogue.INSTANCE.keys()) {
            if (key.scope() != Key.Scope.DYNAMIC && key.apply() == Key.Apply.RELOAD) {
                sections.add(sectionOf(key));
            }
            if (key.scope() == Key.Scope.LOCAL && sectionOf(key).equals("postgresql")) {
                assertThat(key.apply())
                        .as(key.path())
                        .isEqualTo(
                                key.path().endsWith(".password") // agent: Logins
                                        ? Key.Apply.RELOAD
                                        : Key.Apply.RESTART);
            }
        }
        assertThat(APPLIED).containsAll(sections);
    }

    private static String sectionOf(Key key) {
        return key.path().split("\\.", 2)[0];
    }
}

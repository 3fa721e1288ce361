package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.MethodSettings.Flag;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What commands of the operator's are started with (contract §4.6).
class MethodSettingsTest {
    private static final Path DATA = Path.of("/data");

    private static MethodSettings method(Set<Flag> flags, String... options) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        return new MethodSettings("own", "/bin/own", flags, all, Map.of());
    }

    @Test
    void aReplicasMethodGetsItsOwnOptionsFirst() {
        assertThat(
                        method(Set.of(Flag.NO_LEADER), "use_iam", "1", "no_leader", "1")
                                .replicaWords("main", DATA, "host=a"))
                .containsExactly(
                        "--use_iam=1",
                        "--no_leader=1",
                        "--scope=main",
                        "--role=replica",
                        "--datadir=/data",
                        "--connstring=host=a");
    }

    @Test
    void withoutParametersItGetsOnlyItsOwn() {
        assertThat(
                        method(
                                        Set.of(Flag.NO_PARAMS, Flag.KEEP_DATA),
                                        "no_params",
                                        "True",
                                        "keep_data",
                                        "True",
                                        "delta",
                                        "y")
                                .replicaWords("main", DATA, "host=a"))
                .containsExactly("--delta=y");
    }

    @Test
    void aBootstrapsMethodGetsScopeAndDirectoryFirst() {
        assertThat(
                        method(Set.of(), "recovery-target-time", "x", "scope", "other")
                                .bootstrapWords("main", DATA))
                .containsExactly("--scope=main", "--datadir=/data", "--recovery-target-time=x");
        assertThat(
                        method(
                                        Set.of(Flag.NO_PARAMS),
                                        "no_params",
                                        "True",
                                        "keep_existing_recovery_conf",
                                        "True",
                                        "a",
                                        "b")
                                .bootstrapWords("main", DATA))
                .containsExactly("--a=b");
    }
}

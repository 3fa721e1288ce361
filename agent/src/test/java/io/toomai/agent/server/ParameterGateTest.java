package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.postgres.config.ParameterVerdict;
import io.toomai.settings.DynamicSettings;
import io.toomai.settings.EffectivePostgres;
import io.toomai.settings.LoadResult;
import io.toomai.settings.SettingsFile;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What gets through, before and after it was judged.
class ParameterGateTest {
    private final ParameterGate gate = new ParameterGate(ParameterGateTest::verdicts);

    private static SortedMap<String, ParameterVerdict> verdicts(SortedMap<String, String> asked) {
        SortedMap<String, ParameterVerdict> verdicts = new TreeMap<>();
        asked.forEach((name, value) ->
                verdicts.put(
                        name,
                        switch (value) {
                            case "bad" -> new ParameterVerdict.Dropped("it is bad");
                            case "big" -> new ParameterVerdict.Clamped("7", "it is too big");
                            default -> new ParameterVerdict.Taken();
                        }));
        return verdicts;
    }

    @Test
    void whatIsWrongIsLeftOutOrBroughtIntoRange() {
        EffectivePostgres wanted = wanted("work_mem: bad, wal_buffers: big, fsync: 'off'");
        assertThat(gate.knows(wanted)).isFalse();
        gate.judge(wanted);
        assertThat(gate.knows(wanted)).isTrue();
        EffectivePostgres passed = gate.passed(wanted);
        assertThat(passed.parameters())
                .doesNotContainKey("work_mem")
                .containsEntry("wal_buffers", "7")
                .containsEntry("fsync", "off")
                .containsEntry("port", "5432");
        assertThat(passed.owned()).isEqualTo(wanted.owned());
    }

    @Test
    void whatWasNotJudgedYetIsAsItWas() {
        EffectivePostgres before = wanted("work_mem: 8MB");
        gate.judge(before);
        gate.passed(before);
        EffectivePostgres after = wanted("work_mem: 9MB, wal_buffers: 1MB");
        assertThat(gate.passed(after).parameters())
                .containsEntry("work_mem", "8MB")
                .doesNotContainKey("wal_buffers");
        gate.judge(after);
        assertThat(gate.passed(after).parameters()).containsEntry("work_mem", "9MB");
    }

    private static EffectivePostgres wanted(String parameters) {
        String yaml =
                """
                scope: s
                name: n
                restapi: {listen: '127.0.0.1:8008'}
                etcd3: {host: '127.0.0.1:2379'}
                postgresql:
                  listen: 127.0.0.1:5432
                  data_dir: /data
                  authentication: {replication: {username: r}}
                  parameters: {%s}
                """
                        .formatted(parameters);
        return switch (SettingsFile.parse(yaml, "test", Map.of())) {
            case LoadResult.Loaded(var settings, _) ->
                    EffectivePostgres.of(settings, DynamicSettings.defaults(), 17);
            case LoadResult.Rejected rejected -> throw new AssertionError(rejected.problems());
        };
    }
}

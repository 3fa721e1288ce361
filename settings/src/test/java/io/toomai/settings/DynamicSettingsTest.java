package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotRules;
import io.toomai.core.model.ByteSize;
import io.toomai.settings.DynamicSettings.FailsafeMode;
import io.toomai.settings.DynamicSettings.Invalid;
import io.toomai.settings.DynamicSettings.Pause;
import io.toomai.settings.DynamicSettings.Strictness;
import io.toomai.settings.DynamicSettings.Takeover;
import io.toomai.settings.DynamicSettings.TimelineCheck;
import io.toomai.settings.DynamicSettings.Valid;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DynamicSettingsTest {
    @Test
    void everythingHasItsDefault() {
        DynamicSettings settings = DynamicSettings.defaults();

        assertThat(settings.ttl()).hasSeconds(30);
        assertThat(settings.loopWait()).hasSeconds(10);
        assertThat(settings.retryTimeout()).hasSeconds(10);
        assertThat(settings.maximumLagOnFailover()).isEqualTo(new ByteSize(1048576));
        assertThat(settings.maximumLagOnSyncnode()).isEmpty();
        assertThat(settings.checkTimeline()).isEqualTo(TimelineCheck.OFF);
        assertThat(settings.maxTimelinesHistory()).isZero();
        assertThat(settings.primaryStartTimeout()).isEmpty();
        assertThat(settings.primaryStartTimeoutOrDefault()).hasSeconds(300);
        assertThat(settings.primaryStopTimeout()).isZero();
        assertThat(settings.primaryRaceBackoff()).isZero();
        assertThat(settings.synchronousMode()).isEqualTo(SynchronousMode.OFF);
        assertThat(settings.synchronousModeStrict()).isEqualTo(Strictness.RELAXED);
        assertThat(settings.synchronousNodeCount()).isEqualTo(1);
        assertThat(settings.failsafeMode()).isEqualTo(FailsafeMode.OFF);
        assertThat(settings.pause()).isEqualTo(Pause.RUNNING);
        assertThat(settings.memberSlotsTtl()).hasSeconds(1800);
        assertThat(settings.slots()).isEmpty();
        assertThat(settings.ignoreSlots()).isEmpty();
        assertThat(settings.standbyCluster()).isEmpty();
        assertThat(settings.takeover()).isEqualTo(Takeover.ON);
        assertThat(settings.crashLimit()).hasValue(3);
        assertThat(settings.suspectAfter()).hasMillis(1200);
        assertThat(settings.probeTimeout()).hasSeconds(10);
        assertThat(settings.rawJson()).isEqualTo("{}");
    }

    @Test
    void everyKeyIsRead() {
        String json =
                """
                {"ttl": 40, "loop_wait": 8, "retry_timeout": "12", "maximum_lag_on_failover": "1MB",
                 "maximum_lag_on_syncnode": 4096, "check_timeline": true, "max_timelines_history": 5,
                 "primary_start_timeout": 0, "primary_stop_timeout": "2min", "primary_race_backoff": 1,
                 "synchronous_mode": "quorum", "synchronous_mode_strict": "on",
                 "synchronous_node_count": 2, "failsafe_mode": true, "pause": true,
                 "member_slots_ttl": "1h",
                 "slots": {"a": {}, "b": {"type": "logical", "database": "d", "plugin": "p"},
                           "c": {"type": "physical", "cluster_type": "standby"}, "Bad!": {},
                           "half": {"type": "logical"}},
                 "ignore_slots": [{"name": "x", "type": "physical"}],
                 "standby_cluster": {"host": "h", "port": 5432, "primary_slot_name": "s",
                   "create_replica_methods": ["basebackup"], "restore_command": "r",
                   "archive_cleanup_command": "a", "recovery_min_apply_delay": "5min"},
                 "toomai": {"takeover": false, "suspect_after": "800ms", "probe_timeout": 2.5, "crash_limit": 0},
                 "mine": {"kept": [1, null]}}
                """;
        Valid valid = Samples.dynamic(json);
        DynamicSettings settings = valid.settings();

        assertThat(settings.timeouts())
                .isEqualTo(
                        new Timeouts(
                                Duration.ofSeconds(40),
                                Duration.ofSeconds(8),
                                Duration.ofSeconds(12)));
        assertThat(settings.maximumLagOnFailover()).isEqualTo(new ByteSize(1048576));
        assertThat(settings.maximumLagOnSyncnode()).contains(new ByteSize(4096));
        assertThat(settings.checkTimeline()).isEqualTo(TimelineCheck.REFUSE_OLDER);
        assertThat(settings.maxTimelinesHistory()).isEqualTo(5);
        assertThat(settings.primaryStartTimeout()).contains(Duration.ZERO);
        assertThat(settings.primaryStopTimeout()).hasMinutes(2);
        assertThat(settings.primaryRaceBackoff()).hasSeconds(1);
        assertThat(settings.synchronousMode()).isEqualTo(SynchronousMode.QUORUM);
        assertThat(settings.synchronousModeStrict()).isEqualTo(Strictness.STRICT);
        assertThat(settings.synchronousNodeCount()).isEqualTo(2);
        assertThat(settings.failsafeMode()).isEqualTo(FailsafeMode.ON);
        assertThat(settings.pause()).isEqualTo(Pause.PAUSED);
        assertThat(settings.memberSlotsTtl()).hasHours(1);
        assertThat(settings.slots())
                .containsExactly(
                        new PermanentSlot("a", new PermanentSlot.Physical(), Optional.empty()),
                        new PermanentSlot(
                                "b",
                                new PermanentSlot.Logical("d", "p", PermanentSlot.Carrier.SERVER),
                                Optional.empty()),
                        new PermanentSlot(
                                "c", new PermanentSlot.Physical(), Optional.of("standby")));
        assertThat(settings.ignoreSlots())
                .containsExactly(
                        new SlotRules.Matcher(Map.of("name", "x", "type", "physical")),
                        new SlotRules.Matcher(Map.of("name", "half")));
        assertThat(settings.unknownSlots()).isEqualTo(SlotRules.Unknown.KEEP);
        assertThat(settings.standbyCluster())
                .contains(
                        new StandbyCluster(
                                Optional.of("h"),
                                Optional.of("5432"),
                                Optional.of("s"),
                                List.of("basebackup"),
                                Optional.of("r"),
                                Optional.of("a"),
                                Optional.of("5min")));
        assertThat(settings.takeover()).isEqualTo(Takeover.OFF);
        assertThat(settings.crashLimit()).isEmpty();
        assertThat(settings.suspectAfter()).hasMillis(800);
        assertThat(settings.probeTimeout()).hasMillis(2500);
        assertThat(settings.rawJson()).contains("\"mine\":{\"kept\":[1,null]}");
        assertThat(valid.warnings())
                .extracting(Warning::key)
                .containsExactly("mine", "slots.Bad!", "slots.half");
    }

    @ParameterizedTest
    @CsvSource({
        "true, ON", "false, OFF", "'\"on\"', ON", "'\"off\"', OFF", "'\"quorum\"', QUORUM",
        "'\"yes\"', ON", "1, ON", "0, OFF", "null, OFF", "'\"Quorum\"', QUORUM"
    })
    void synchronousModeTakesWordsAndFlags(String value, SynchronousMode expected) {
        Valid valid = Samples.dynamic("{\"synchronous_mode\": " + value + "}");
        assertThat(valid.settings().synchronousMode()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        // configured ttl, loop_wait, retry_timeout; floor; used
        "30, 10, 10, TOOMAI, 30, 10, 10, 0",
        "3, 1, 1, TOOMAI, 3, 1, 1, 0",
        "1, 0, 0, TOOMAI, 3, 1, 1, 3",
        "5, 3, 2, TOOMAI, 5, 1, 2, 1",
        "5, 1, 10, TOOMAI, 5, 1, 2, 1",
        "3, 1, 1, PATRONI, 20, 1, 3, 2",
        "20, 10, 10, PATRONI, 20, 1, 9, 1",
        "20, 10, 7, PATRONI, 20, 6, 7, 1",
    })
    void timeoutsAreRepairedAndThatIsSaid(
            long ttl,
            long loopWait,
            long retryTimeout,
            TimeoutFloor floor,
            long usedTtl,
            long usedLoopWait,
            long usedRetryTimeout,
            int warnings) {
        String json =
                "{\"ttl\":%d,\"loop_wait\":%d,\"retry_timeout\":%d}"
                        .formatted(ttl, loopWait, retryTimeout);
        Valid valid = (Valid) DynamicSettings.parse(json, floor);

        assertThat(valid.settings().timeouts())
                .isEqualTo(
                        new Timeouts(
                                Duration.ofSeconds(usedTtl),
                                Duration.ofSeconds(usedLoopWait),
                                Duration.ofSeconds(usedRetryTimeout)));
        assertThat(valid.settings().configured().ttl()).hasSeconds(ttl);
        assertThat(valid.warnings()).hasSize(warnings);
        assertThat(valid.settings().rawJson()).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"ttl": "long"} | ttl: expected seconds, found 'long'
                    {"ttl": 1.5} | ttl: expected seconds, found '1.5'
                    {"maximum_lag_on_failover": -5} | expected bytes
                    {"synchronous_mode": "all"} | expected one of off, on, quorum, found 'all'
                    {"slots": []} | slots: expected mapping, found a list
                    {"postgresql": 5} | postgresql: expected a mapping, found a single value
                    {"postgresql": {"pg_hba": {}}} | postgresql.pg_hba: expected list of text
                    {"postgresql": {"parameters": {"a": [1]}}} | expected mapping of text
                    {"member_slots_ttl": "1 week"} | expected time
                    {"toomai": {"switchover_drain": 51}} | toomai.switchover_drain: expected time: seconds, or with unit ms, s, min, h, d from 0 to 50, found '51'
                    {"toomai": {"switchover_drain": "1min"}} | d from 0 to 50, found '1min'
                    [] | expected a JSON object
                    {"ttl": 30 | the JSON text ends too early: it was cut off
                    {"ttl": 30}} | not valid JSON
                    {ttl: 30} | not valid JSON at column
                    """)
    void whatIsWrongIsRefusedAsAWhole(String json, String expected) {
        Invalid invalid = (Invalid) DynamicSettings.parse(json);
        assertThat(invalid.problems())
                .singleElement()
                .asString()
                .startsWith("/config:1: ")
                .contains(expected);
    }

    @Test
    void anEmptyTextIsRefused() {
        assertThat(DynamicSettings.parse("")).isInstanceOf(Invalid.class);
    }

    @Test
    void mistypedAndMisplacedKeysAreSaid() {
        Valid valid =
                Samples.dynamic(
                        "{\"loop_wiat\": 1, \"scope\": \"x\", \"postgresql\":"
                                + " {\"listen\": \"x\", \"authentication\": {}, \"use_slot\": 1}}");
        assertThat(valid.warnings())
                .extracting(Warning::toString)
                .containsExactly(
                        "/config:1: loop_wiat: is not a setting; did you mean loop_wait?; it is"
                                + " ignored",
                        "/config:1: scope: is ignored here: it belongs to the file of each member",
                        "/config:1: postgresql.listen: is ignored here: it belongs to the file of"
                                + " each member",
                        "/config:1: postgresql.authentication: is ignored here: it belongs to the"
                                + " file of each member",
                        "/config:1: postgresql.use_slot: is not a setting; did you mean"
                                + " postgresql.use_slots?; it is ignored");
    }

    @Test
    void olderNamesStillCount() {
        DynamicSettings settings =
                Samples.dynamic("{\"master_start_timeout\": 7, \"permanent_slots\": {\"a\": {}}}")
                        .settings();
        assertThat(settings.primaryStartTimeout()).contains(Duration.ofSeconds(7));
        assertThat(settings.slots()).hasSize(1);
    }

    @Test
    void smallDetectionTimesAreRaisedAndStrictNeedsOneNode() {
        Valid valid =
                (Valid)
                        DynamicSettings.of(
                                Map.of(
                                        "toomai",
                                        Map.of("suspect_after", 0.1, "probe_timeout", "1ms"),
                                        "synchronous_node_count",
                                        0,
                                        "synchronous_mode_strict",
                                        true));
        assertThat(valid.settings().suspectAfter()).hasMillis(200);
        assertThat(valid.settings().probeTimeout()).hasMillis(500);
        assertThat(valid.settings().synchronousNodeCount()).isEqualTo(1);
        assertThat(valid.warnings()).hasSize(3);
    }
}

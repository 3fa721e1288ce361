package io.toomai.dcs.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real values (patroni-captured.md) survive reading and writing unchanged; garbage reads as
/// absence.
class DocumentsTest {
    private static final MemberName PG0 = new MemberName("postgres-0");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"conn_url\":\"postgres://127.0.0.1:5361/postgres\",\"api_url\":\"https://127.0.0.1:8008/patroni\",\"state\":\"running\",\"role\":\"primary\",\"version\":\"4.1.4\",\"pending_restart\":true,\"pending_restart_reason\":{\"wal_level\":{\"old_value\":\"replica\",\"new_value\":\"logical\"}},\"xlog_location\":24470192,\"timeline\":1}",
                "{\"conn_url\":\"postgres://127.0.0.1:5361/postgres\",\"api_url\":\"https://127.0.0.1:8008/patroni\",\"state\":\"running\",\"role\":\"primary\",\"version\":\"4.1.4\",\"proxy_url\":\"postgres://127.0.0.1:6432/postgres\"}",
                "{\"conn_url\":\"postgres://127.0.0.1:5362/postgres\",\"api_url\":\"https://127.0.0.1:8009/patroni\",\"state\":\"creating replica\",\"role\":\"uninitialized\",\"version\":\"4.1.4\"}",
                "{\"conn_url\":\"postgres://127.0.0.1:5363/postgres\",\"api_url\":\"https://127.0.0.1:8010/patroni\",\"state\":\"running\",\"role\":\"replica\",\"version\":\"4.1.4\",\"tags\":{\"replicatefrom\":\"postgres-0\"},\"xlog_location\":150994944,\"replay_lsn\":150994944,\"receive_lsn\":150994944,\"replication_state\":\"streaming\",\"timeline\":3}",
                "{\"conn_url\":\"postgres://127.0.0.1:5364/postgres\",\"api_url\":\"https://127.0.0.1:8008/patroni\",\"state\":\"running\",\"role\":\"replica\",\"version\":\"4.1.4\",\"tags\":{\"nosync\":true,\"sync_priority\":0},\"xlog_location\":117440632,\"replay_lsn\":117440632,\"receive_lsn\":117440632,\"replication_state\":\"streaming\",\"timeline\":3}",
                "{\"conn_url\":\"postgres://127.0.0.1:5366/postgres\",\"api_url\":\"https://127.0.0.1:8010/patroni\",\"state\":\"running\",\"role\":\"primary\",\"version\":\"4.1.4\",\"checkpoint_after_promote\":false,\"tags\":{\"nosync\":\"true\"},\"xlog_location\":117440888,\"timeline\":3,\"pause\":true}"
            })
    void capturedMembersSurvive(String json) {
        assertThat(MemberDocument.write(MemberDocument.read(PG0, json))).isEqualTo(json);
    }

    @Test
    void memberFieldsAreRead() {
        Member member =
                MemberDocument.read(
                        PG0,
                        "{\"conn_url\":\"postgres://h:1/postgres\",\"state\":\"running\",\"role\":\"master\",\"xlog_location\":\"7\",\"timeline\":-3}");
        assertThat(member.state()).isEqualTo(MemberState.RUNNING);
        assertThat(member.role()).isEqualTo(MemberRole.PRIMARY);
        assertThat(member.position().location()).contains(new Lsn(7));
        assertThat(member.position().timeline()).isEqualTo(Timeline.UNKNOWN);
        assertThat(member.host()).isEqualTo("h");
    }

    @Test
    void statusSurvivesAndToleratesLegacy() {
        String json =
                "{\"optime\":24470192,\"slots\":{\"postgres_0\":24470192},\"retain_slots\":[\"postgres_0\"]}";
        assertThat(StatusDocument.write(StatusDocument.read(json))).isEqualTo(json);
        assertThat(StatusDocument.read("4711").optime()).isEqualTo(new Lsn(4711));
        assertThat(StatusDocument.write(StatusDocument.read("4711")))
                .isEqualTo("{\"optime\":4711}");
        assertThat(
                        StatusDocument.read(
                                        "{\"optime\":1,\"slots\":\"{\\\"a\\\":5}\",\"retain_slots\":\"[\\\"a\\\"]\"}")
                                .slots())
                .isEqualTo(Map.of("a", new Lsn(5)));
        assertThat(StatusDocument.read("[1]")).isEqualTo(Status.UNKNOWN);
        assertThat(StatusDocument.read("{\"optime\":-1,\"slots\":[],\"retain_slots\":{}}"))
                .isEqualTo(Status.UNKNOWN);
    }

    @Test
    void syncIsSortedAndEmptyWithoutLeader() {
        SyncState sync =
                new SyncState(
                        Optional.of(PG0),
                        1,
                        new TreeSet<>(List.of(new MemberName("b"), new MemberName("a"))));
        String json = "{\"leader\":\"postgres-0\",\"quorum\":1,\"sync_standby\":\"a,b\"}";
        assertThat(SyncDocument.write(sync)).isEqualTo(json);
        assertThat(SyncDocument.read(json)).isEqualTo(sync);
        String alone = "{\"leader\":\"postgres-0\",\"quorum\":0,\"sync_standby\":null}";
        assertThat(SyncDocument.write(SyncDocument.read(alone))).isEqualTo(alone);
        assertThat(SyncDocument.write(SyncState.EMPTY))
                .isEqualTo("{\"leader\":null,\"quorum\":0,\"sync_standby\":null}");
        for (String empty :
                List.of("", "{}", "[]", "null", "{\"leader\":\"\"}", "{\"leader\":7}")) {
            assertThat(SyncDocument.read(empty)).as(empty).isEqualTo(SyncState.EMPTY);
        }
    }

    @Test
    void failoverReadsBothForms() {
        String json =
                "{\"leader\":\"a\",\"member\":\"b\",\"scheduled_at\":\"2026-11-20T22:49:54+00:00\"}";
        FailoverRequest request = FailoverDocument.read(json).orElseThrow();
        assertThat(FailoverDocument.write(request)).isEqualTo(json);
        assertThat(FailoverDocument.read("a:b").orElseThrow().candidate())
                .contains(new MemberName("b"));
        assertThat(FailoverDocument.read(":b").orElseThrow().leader()).isEmpty();
        for (String empty : List.of("", "{}", ":", "[]", "{\"scheduled_at\":\"x\"}", "\"a:b")) {
            assertThat(FailoverDocument.read(empty).flatMap(FailoverRequest::candidate))
                    .as(empty)
                    .isNotEqualTo(Optional.of(new MemberName("a")));
        }
        assertThat(FailoverDocument.read("{\"scheduled_at\":\"x\"}")).isEmpty();
    }

    @Test
    void historySurvives() {
        String json =
                "[[1,50331808,\"no recovery target specified\",\"2026-11-20T22:49:54.337617+00:00\",\"postgres-0\"]]";
        History history = HistoryDocument.read(json);
        assertThat(HistoryDocument.write(history)).isEqualTo(json);
        assertThat(history.clusterTimeline()).isEqualTo(new Timeline(2));
        assertThat(HistoryDocument.read("[]").clusterTimeline()).isEqualTo(new Timeline(1));
        assertThat(HistoryDocument.read("{}")).isEqualTo(History.ABSENT);
        assertThat(HistoryDocument.read("[[1,5,\"r\"],[2147483647,6,\"r\"]]"))
                .isEqualTo(History.ABSENT);
        assertThat(HistoryDocument.write(HistoryDocument.read("[7,[1,5,\"r\"]]")))
                .isEqualTo("[[1,5,\"r\"]]");
    }

    @Test
    void initializeHasFourForms() {
        assertThat(InitializeDocument.read("")).isEqualTo(new Initialize.InProgress());
        assertThat(InitializeDocument.read("7710389609785954347"))
                .isInstanceOf(Initialize.Done.class);
        assertThat(InitializeDocument.read("12")).isEqualTo(new Initialize.Garbage("12"));
    }

    @Test
    void nonAsciiIsEscapedAsPatroniDoes() {
        FailsafeMembers one = FailsafeMembers.of(Map.of(new MemberName("ä"), "u"));
        assertThat(FailsafeDocument.write(one)).isEqualToIgnoringCase("{\"\\u00e4\":\"u\"}");
        assertThat(FailsafeDocument.read("{\"\\u00e4\":\"u\",\"x\":1}")).isEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "garbage",
                "{",
                "[]",
                "{}",
                "7",
                "\"s\"",
                "null",
                "[[]]",
                "{\"a\":",
                "\uFFFD\u0000",
                "-1",
                "1e99",
                "[[1]]",
                "{\"tags\":[1],\"leader\":{}}",
                "99999999999999999999999"
            })
    void anythingUnderEveryKeyIsRead(String garbage) {
        Map<String, RawKey> keys = new HashMap<>();
        for (String path :
                List.of(
                        "initialize",
                        "config",
                        "leader",
                        "failover",
                        "history",
                        "status",
                        "sync",
                        "failsafe",
                        "members/a",
                        "members/ ",
                        "members/a/b",
                        "unknown")) {
            keys.put(path, RawKey.plain(garbage, 3));
        }
        ClusterView view = ClusterDocuments.assemble(keys);
        assertThat(view.members()).extracting(Member::name).containsExactly(new MemberName("a"));
        assertThat(view.sync().revision()).isEqualTo(3);
        assertThat(view.sync().value().isEmpty()).isTrue();
        assertThat(view.failover()).isEmpty();
        assertThat(view.config().orElseThrow().value())
                .as("whoever uses it must be able to say what is wrong with it")
                .isEqualTo(garbage);
    }

    @Test
    void nothingIsTheEmptyView() {
        assertThat(ClusterDocuments.assemble(Map.of())).isEqualTo(ClusterView.EMPTY);
        assertThat(ClusterDocuments.assemble(Map.of("leader", RawKey.plain("x", 9))).leader())
                .isEqualTo(
                        new LeaderKey.HeldBy(
                                new MemberName("x"), 9, LeaderKey.Ownership.ANOTHER_PROCESS));
    }
}

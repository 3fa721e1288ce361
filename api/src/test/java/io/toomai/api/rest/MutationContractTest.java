package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.Node;
import io.toomai.api.Node.ConfigAnswer;
import io.toomai.api.Node.ReinitializeAnswer;
import io.toomai.api.Node.RestartAnswer;
import io.toomai.api.Node.WriteAnswer;
import io.toomai.api.NodeState;
import io.toomai.api.Samples;
import io.toomai.api.ScheduledRestart;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Contract §2.4 to §2.6 over a real socket: code, text and labels of every answer.
class MutationContractTest {
    private static final String LATER = "2099-01-02T03:04:05+02:00";
    private final FakeNode node = new FakeNode();
    private Optional<RestServer> server = Optional.empty();

    @AfterEach
    void close() {
        server.ifPresent(RestServer::close);
    }

    private int start(RestConfig config) {
        server = Optional.of(RestServer.start(config, node));
        return server.get().address().getPort();
    }

    private int start() {
        return start(RestConfig.plain("127.0.0.1", 0));
    }

    /// @param answer `CODE text`; the text stands alone on the body
    record Row(String call, String body, Consumer<FakeNode> setting, String answer) {
        @Override
        public String toString() {
            return call + " " + body + " → " + answer;
        }
    }

    private static Row row(String call, String body, String answer) {
        return new Row(call, body, _ -> {}, answer);
    }

    private static Row row(String call, Consumer<FakeNode> setting, String answer) {
        return new Row(call, "", setting, answer);
    }

    private static void config(FakeNode node, String config) {
        node.cluster = new Node.ClusterReading.Read(Samples.cluster(config));
    }

    private static void asked(FakeNode node, String time) {
        var request =
                new FailoverRequest(
                        Optional.of(new MemberName("pg1")), Optional.empty(), Optional.of(time));
        node.cluster =
                new Node.ClusterReading.Read(
                        Samples.asked(Samples.cluster("{}"), Optional.of(request)));
    }

    private static void moved(FakeNode node, String leader) {
        node.peer = Peers.fit();
        node.next =
                new Node.ClusterReading.Read(
                        Samples.ledBy(
                                Samples.cluster("{}"),
                                new LeaderKey.HeldBy(
                                        new MemberName(leader),
                                        2,
                                        LeaderKey.Ownership.ANOTHER_PROCESS)));
    }

    static Stream<Row> configuration() {
        return Stream.of(
                row("PATCH /config", "{\"ttl\": 20}", "200 {\"ttl\": 20}"),
                new Row(
                        "PATCH /config",
                        "{\"ttl\": 20}",
                        n -> n.config = new ConfigAnswer.Missing(),
                        "503 there is no dynamic configuration in the store to change"),
                new Row(
                        "PATCH /config",
                        "{\"ttl\": 20}",
                        n -> n.config = new ConfigAnswer.Conflict(),
                        "409 somebody else changed the configuration; nothing was written"),
                row("PUT /config", "{\"ttl\": 20}", "200 {\"ttl\": 20}"),
                new Row(
                        "PUT /config",
                        "{\"ttl\": 20}",
                        n -> n.config = new ConfigAnswer.NotWritten("no quorum"),
                        "502 the configuration was not written: no quorum"));
    }

    static Stream<Row> simple() {
        return Stream.of(
                row("POST /reload", "", "202 reload scheduled"),
                row("POST /sigterm", "", "202 shutdown scheduled"),
                row("DELETE /restart", "", "200 scheduled restart deleted"),
                row(
                        "DELETE /restart",
                        n -> n.unschedule = Node.UnscheduleAnswer.NOTHING_SCHEDULED,
                        "404 no restarts are scheduled"),
                row("POST /reinitialize", "", "200 reinitialize started"),
                row("POST /reinitialize", "{\"force\": true}", "200 reinitialize started"),
                row(
                        "POST /reinitialize",
                        n -> n.reinitialize = new ReinitializeAnswer.NoLeader(),
                        "503 Cluster has no leader, can not reinitialize"),
                row(
                        "POST /reinitialize",
                        n -> n.reinitialize = new ReinitializeAnswer.IsLeader(),
                        "503 I am the leader, can not reinitialize"),
                row(
                        "POST /reinitialize",
                        n -> n.reinitialize = new ReinitializeAnswer.Busy("restart"),
                        "503 restart already in progress"),
                row("DELETE /switchover", "", "404 no switchover is scheduled"),
                row("DELETE /switchover", n -> asked(n, LATER), "200 scheduled switchover deleted"),
                row(
                        "DELETE /switchover",
                        n -> {
                            asked(n, LATER);
                            n.write = new WriteAnswer.Conflict();
                        },
                        "409 the scheduled switchover changed; it was not deleted"),
                new Row(
                        "POST /failsafe",
                        "{\"name\": \"pg2\"}",
                        n -> n.failsafe = FakeNode.accepted(),
                        "200 Accepted"),
                new Row(
                        "POST /failsafe",
                        "{\"name\": \"pg2\"}",
                        n -> n.failsafe = new Node.FailsafeAnswer.RunningAsLeader(),
                        "500 Running as a leader"),
                row("POST /failsafe", "{\"name\": \"pg2\"}", "502 failsafe mode is off"),
                row("BREW /coffee", "", "501 Unsupported method ('BREW')"),
                row("POST /primary", "", "501 Unsupported method ('POST')"));
    }

    static Stream<Row> restarts() {
        return Stream.of(
                row("POST /restart", "", "200 restarted successfully"),
                row("POST /restart", "{\"role\": \"primary\"}", "200 restarted successfully"),
                row(
                        "POST /restart",
                        "{\"role\": \"replica\"}",
                        "503 restart conditions are not satisfied"),
                row(
                        "POST /restart",
                        "{\"postgres_version\": \"9.5.2\"}",
                        "503 restart conditions are not satisfied"),
                row(
                        "POST /restart",
                        "{\"postgres_version\": \"17.1\"}",
                        "200 restarted successfully"),
                row(
                        "POST /restart",
                        "{\"restart_pending\": false}",
                        "503 restart conditions are not satisfied"),
                row(
                        "POST /restart",
                        "{\"color\": 1}",
                        "400 Unknown filter for the scheduled restart: color"),
                row(
                        "POST /restart",
                        "{\"role\": \"boss\"}",
                        "400 PostgreSQL role should be either primary, standby_leader, or replica"),
                row(
                        "POST /restart",
                        "{\"postgres_version\": \"new\"}",
                        "400 Invalid PostgreSQL version format: X.Y or X.Y.Z is accepted: new"),
                row(
                        "POST /restart",
                        "{\"timeout\": 0}",
                        "400 Timeout should be a positive number of seconds"),
                row(
                        "POST /restart",
                        "{\"schedule\": \"2099-01-02T03:04:05\"}",
                        "400 Timezone information is mandatory for the scheduled restart"),
                row(
                        "POST /restart",
                        "{\"schedule\": \"2019-01-02T03:04:05Z\"}",
                        "422 Cannot schedule restart in the past"),
                row(
                        "POST /restart",
                        "{\"schedule\": \"soon\"}",
                        "422 Unable to parse scheduled timestamp. It should be in an unambiguous"
                                + " format, e.g. ISO 8601"),
                row("POST /restart", "{\"schedule\": \"" + LATER + "\"}", "202 Restart scheduled"),
                new Row(
                        "POST /restart",
                        "{\"schedule\": \"" + LATER + "\"}",
                        n -> n.schedule = Node.ScheduleAnswer.ANOTHER_IS_SCHEDULED,
                        "409 Another restart is already scheduled"),
                new Row(
                        "POST /restart",
                        "{\"schedule\": \"" + LATER + "\"}",
                        n -> n.status = NodeState.PAUSED_ALONE.status(),
                        "500 Can't schedule restart in the paused state"),
                row(
                        "POST /restart",
                        n -> n.restart = new RestartAnswer.Busy("reinitialize"),
                        "503 reinitialize already in progress"),
                row(
                        "POST /restart",
                        n -> n.restart = new RestartAnswer.StillStarting(),
                        "503 postgres is still starting"),
                row(
                        "POST /restart",
                        n -> n.restart = new RestartAnswer.Failed("why"),
                        "503 restart failed"));
    }

    static Stream<Row> moves() {
        String toPg2 = "{\"leader\": \"pg1\", \"candidate\": \"pg2\"}";
        String scheduled = "{\"leader\": \"pg1\", \"scheduled_at\": \"" + LATER + "\"}";
        return Stream.of(
                row(
                        "POST /failover",
                        "{\"leader\": \"pg1\"}",
                        "400 Failover could be performed only to a specific candidate"),
                row(
                        "POST /switchover",
                        "{\"candidate\": \"pg2\"}",
                        "400 Switchover could be performed only from a specific leader"),
                row(
                        "POST /failover",
                        "{\"candidate\": \"pg2\", \"scheduled_at\": \"" + LATER + "\"}",
                        "400 Failover can't be scheduled"),
                new Row(
                        "POST /switchover",
                        scheduled,
                        n -> config(n, "{\"pause\": true}"),
                        "400 Can't schedule switchover in the paused state"),
                row("POST /switchover", scheduled, "202 Switchover scheduled"),
                row(
                        "POST /switchover",
                        scheduled.replace("2099", "2019"),
                        "422 Cannot schedule switchover in the past"),
                row(
                        "POST /switchover",
                        scheduled.replace("+02:00", ""),
                        "400 Timezone information is mandatory for the scheduled switchover"),
                // An hour that no clock in Berlin shows: with its offset it is a time all the same.
                row(
                        "POST /switchover",
                        scheduled.replace(LATER, "2099-03-29T02:30:00+01:00"),
                        "202 Switchover scheduled"),
                new Row(
                        "POST /switchover",
                        "{\"leader\": \"pg1\"}",
                        n -> config(n, "{\"pause\": true}"),
                        "400 Switchover is possible only to a specific candidate in a paused state"),
                row(
                        "POST /switchover",
                        "{\"leader\": \"pg1\", \"candidate\": \"pg1\"}",
                        "400 Switchover target and source are the same"),
                row("POST /switchover", "{\"leader\": \"pg3\"}", "412 leader name does not match"),
                row(
                        "POST /switchover",
                        "{\"leader\": \"pg1\", \"candidate\": \"pg9\"}",
                        "412 candidate does not exists"),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> config(n, "{\"synchronous_mode\": true}"),
                        "412 candidate name does not match with sync_standby"),
                new Row(
                        "POST /switchover",
                        "{\"leader\": \"pg1\"}",
                        n -> config(n, "{\"synchronous_mode\": true}"),
                        "412 switchover is not possible: can not find sync_standby"),
                row(
                        "POST /switchover",
                        toPg2,
                        "412 switchover is not possible: no good candidates have been found"),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> {
                            n.peer = Peers.fit();
                            n.write = new WriteAnswer.NotWritten("no quorum");
                        },
                        "503 failed to write failover key into DCS"),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> moved(n, "pg2"),
                        "200 Successfully switched over to \"pg2\""),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> moved(n, "pg3"),
                        "200 Switched over to \"pg3\" instead of \"pg2\""),
                new Row(
                        "POST /failover",
                        "{\"member\": \"pg2\"}",
                        n -> moved(n, "pg2"),
                        "200 Successfully failed over to \"pg2\""),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> n.peer = Peers.fit(),
                        "503 Switchover failed"),
                new Row(
                        "POST /switchover",
                        toPg2,
                        n -> {
                            n.peer = Peers.fit();
                            n.next =
                                    new Node.ClusterReading.Read(
                                            Samples.asked(
                                                    Samples.cluster("{}"),
                                                    Optional.of(
                                                            new FailoverRequest(
                                                                    Optional.empty(),
                                                                    Optional.of(
                                                                            new MemberName("pg2")),
                                                                    Optional.empty()))));
                        },
                        "503 Switchover status unknown"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"configuration", "simple", "restarts", "moves"})
    void everyAnswer(Row row) {
        row.setting().accept(node);
        String[] call = row.call().split(" ", -1);
        RawHttp.Answer answer = RawHttp.call(start(), call[0], call[1], row.body());
        assertThat(answer.code() + " " + answer.body()).isEqualTo(row.answer());
    }

    @Test
    void anAcceptedFailsafeTellsThePosition() {
        node.failsafe = FakeNode.accepted();
        assertThat(RawHttp.call(start(), "POST", "/failsafe", "{\"name\": \"pg2\"}").header("lsn"))
                .isEqualTo("77");
    }

    /// What is no JSON object, in every spelling, where a body must come.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "[{\"ttl\": 20}]",
                "null",
                "1",
                "\"ttl\"",
                "{}",
                "{\"ttl\": }",
                "ttl: 20",
                "{\"ttl\": 20} more",
                "\u0000"
            })
    void whatIsNoObjectChangesNothing(String body) {
        int port = start();
        for (String call : List.of("PATCH /config", "PUT /config", "POST /switchover")) {
            String[] words = call.split(" ", -1);
            RawHttp.Answer answer = RawHttp.call(port, words[0], words[1], body);
            assertThat(answer.code()).as(call).isEqualTo(400);
        }
        assertThat(node.done).isEmpty();
    }

    @Test
    void aNestingWithoutEndIsRefused() {
        String body = "{\"a\":".repeat(100_000);
        assertThat(RawHttp.call(start(), "PATCH", "/config", body).code()).isEqualTo(400);
    }

    /// Types that the fields do not have are read as their text or as nothing, never as a fault.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"leader\": 5}",
                "{\"leader\": [\"pg1\"]}",
                "{\"leader\": {\"a\": 1}}",
                "{\"leader\": null}",
                "{\"leader\": \"pg1\", \"candidate\": {}, \"scheduled_at\": []}",
                "{\"leader\": \"a/b\"}"
            })
    void wrongTypesAreRefused(String body) {
        assertThat(RawHttp.call(start(), "POST", "/switchover", body).code()).isBetween(400, 412);
        assertThat(node.done).isEmpty();
    }

    @Test
    void lengths() {
        int port = start();
        assertThat(RawHttp.send(port, "PATCH /config HTTP/1.0\r\n\r\n").code()).isEqualTo(411);
        assertThat(
                        RawHttp.send(
                                        port,
                                        "PATCH /config HTTP/1.0\r\nContent-Length: 9999999999\r\n\r\n")
                                .code())
                .isEqualTo(413);
        assertThat(RawHttp.call(port, "PATCH", "/config", "").code()).isEqualTo(411);
        assertThat(RawHttp.call(port, "POST", "/restart", "").code()).isEqualTo(200);
    }

    // ---- labels

    private static RestConfig labelled(Manner manner) {
        RestConfig plain = RestConfig.plain("127.0.0.1", 0);
        return new RestConfig(
                plain.host(),
                plain.port(),
                plain.authentication(),
                plain.tls(),
                plain.allowlist(),
                plain.allowlistIncludeMembers(),
                Map.of("X-Frame-Options", "deny"),
                Map.of("Strict-Transport-Security", "max-age=1"),
                plain.unauthenticated(),
                manner,
                plain.limits());
    }

    @Test
    void plainAnswersSayNothingOfTheProgram() {
        int port = start(labelled(Manner.PLAIN));
        RawHttp.Answer text = RawHttp.call(port, "POST", "/reload", "");
        assertThat(text.header("content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(text.headers()).doesNotContainKey("server").containsKey("x-frame-options");
        assertThat(text.headers()).doesNotContainKey("strict-transport-security");
        assertThat(RawHttp.call(port, "GET", "/metrics", "").header("content-type"))
                .startsWith("text/plain");
        for (String path : List.of("/patroni", "/cluster", "/history", "/config", "/failsafe")) {
            assertThat(RawHttp.call(port, "GET", path, "").header("content-type"))
                    .as(path)
                    .isEqualTo("application/json");
        }
    }

    @Test
    void strictAnswersAreLabelledAsPatronisAre() {
        int port =
                start(
                        labelled(
                                new Manner(
                                        Optional.of(Manner.ServerHeader.PRODUCT_AND_VERSION),
                                        Manner.Sentences.HTML)));
        RawHttp.Answer text = RawHttp.call(port, "POST", "/reload", "");
        assertThat(text.header("content-type")).isEqualTo("text/html");
        assertThat(text.body()).isEqualTo("reload scheduled");
        assertThat(text.header("server")).isEqualTo("Patroni/4.1.4");
        for (String call : List.of("PATCH /config", "BREW /<b>", "POST /failsafe")) {
            String[] words = call.split(" ", -1);
            RawHttp.Answer page =
                    RawHttp.call(port, words[0], words[1].replace("<b>", "%3Cb%3E"), "");
            assertThat(page.header("content-type")).as(call).startsWith("text/html");
            assertThat(page.body()).as(call).startsWith("<!DOCTYPE HTML>").contains("Error code");
        }
    }

    @Test
    void theProductAlone() {
        int port =
                start(
                        labelled(
                                new Manner(
                                        Optional.of(Manner.ServerHeader.PRODUCT),
                                        Manner.Sentences.PLAIN)));
        assertThat(RawHttp.call(port, "HEAD", "/primary", "").header("server"))
                .isEqualTo("Patroni");
    }

    @Test
    void aScheduledRestartIsPublishedWithItsConditions() {
        RawHttp.call(
                start(),
                "POST",
                "/restart",
                "{\"schedule\": \""
                        + LATER
                        + "\", \"postgres_version\": \"17.1\","
                        + " \"restart_pending\": true, \"role\": \"primary\", \"timeout\": \"1min\"}");
        ScheduledRestart asked = node.scheduled.orElseThrow();
        assertThat(asked.published())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "schedule",
                                LATER,
                                "postgres_version",
                                "17.1",
                                "restart_pending",
                                true,
                                "role",
                                "primary",
                                "timeout",
                                60L));
    }
}

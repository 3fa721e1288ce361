package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.Node.ClusterReading;
import io.toomai.api.Node.ConfigAnswer;
import io.toomai.api.Node.FailsafeAnswer;
import io.toomai.api.Node.ReinitializeAnswer;
import io.toomai.api.Node.RestartAnswer;
import io.toomai.api.Node.ScheduleAnswer;
import io.toomai.api.Node.UnscheduleAnswer;
import io.toomai.api.Node.WriteAnswer;
import io.toomai.api.Query;
import io.toomai.api.Samples;
import io.toomai.api.rest.AccessControl.Reach;
import io.toomai.api.rest.Dispatcher.Access;
import io.toomai.api.rest.Request.BodyReading;
import io.toomai.api.rest.Request.Caller;
import io.toomai.api.rest.Request.ClientCertificate;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Status codes and texts of every route, without sockets.
class DispatcherTest {
    private final FakeNode node = new FakeNode();
    private final Dispatcher dispatcher =
            new Dispatcher(
                    node,
                    new AccessControl(RestConfig.plain("127.0.0.1", 0), Reach.THIS_HOST, List::of));

    private String call(String method, String target) {
        return call(method, target, new BodyReading.NoLength());
    }

    private String call(String method, String target, String body) {
        return call(method, target, new BodyReading.Text(body));
    }

    private String call(String method, String target, BodyReading body) {
        int mark = target.indexOf('?');
        Request request =
                new Request(
                        method,
                        mark < 0 ? target : target.substring(0, mark),
                        mark < 0 ? Query.NONE : Query.parse(target.substring(mark + 1)),
                        new Caller(
                                InetAddress.getLoopbackAddress(),
                                ClientCertificate.NOT_SHOWN,
                                Optional.empty()),
                        () -> body);
        Reply reply =
                switch (dispatcher.access(request)) {
                    case Access.Refused(Reply refusal) -> refusal;
                    case Access.Granted granted -> dispatcher.answer(granted);
                };
        return (reply.code() + " " + reply.body() + " " + reply.headers().getOrDefault("lsn", ""))
                .strip();
    }

    @BeforeEach
    void candidateIsFine() {
        node.peer = Peers.fit();
    }

    @Test
    void reading() {
        assertThat(call("GET", "/")).startsWith("200 {\"state\": \"running\"");
        assertThat(call("GET", "/replica")).startsWith("503 {\"state\": \"running\"");
        assertThat(call("HEAD", "/primary")).isEqualTo("200");
        assertThat(call("OPTIONS", "/replica")).isEqualTo("503");
        assertThat(call("HEAD", "/patroni")).isEqualTo("503");
        assertThat(call("GET", "/patroni/x")).startsWith("200 {");
        assertThat(call("GET", "/liveness")).isEqualTo("200");
        assertThat(call("GET", "/readiness")).isEqualTo("200");
        assertThat(call("GET", "/cluster")).startsWith("200 {\"members\": [{\"name\": \"pg1\"");
        assertThat(call("GET", "/history")).isEqualTo("200 []");
        assertThat(call("GET", "/config")).isEqualTo("200 {\"ttl\": 30}");
        assertThat(call("GET", "/metrics")).startsWith("200 # HELP patroni_version");
        assertThat(call("GET", "/why?n=2")).isEqualTo("200 [\"two\", \"three\"]");
        assertThat(call("GET", "/journal")).isEqualTo("200 [\"one\", \"two\", \"three\"]");
        assertThat(call("GET", "/journal?n=x")).startsWith("400");
        assertThat(call("GET", "/failsafe"))
                .isEqualTo("200 {\"pg1\": \"http://127.0.0.1:8008/patroni\"}");
        assertThat(call("DELETE", "/x")).isEqualTo("501 Unsupported method ('DELETE')");
        assertThat(call("POST", "/")).startsWith("501");
        node.cluster = new ClusterReading.Unavailable("away");
        assertThat(call("GET", "/cluster")).startsWith("503");
        assertThat(call("GET", "/primary")).startsWith("200");
    }

    /// The last cycle saw 4800 replayed; PostgreSQL says 4999 when it is asked.
    @Test
    void positionsAreOfThisMoment() {
        node.status = Samples.replica().build();
        node.fresh = Optional.of(new Samples.Draft().standbyOf(5000, 4999).build());
        assertThat(call("GET", "/patroni")).contains("\"replayed_location\": 4999");
        assertThat(call("GET", "/metrics")).contains("4999");
        assertThat(call("GET", "/replica?lag=100")).startsWith("200");
        assertThat(call("GET", "/readiness?lag=100")).startsWith("200");
        assertThat(call("GET", "/replica")).contains("\"replayed_location\": 4800");
    }

    @Test
    void bodies() {
        assertThat(call("PATCH", "/config")).isEqualTo("411 Content-Length is missing");
        assertThat(call("PATCH", "/config", "{oops"))
                .isEqualTo("400 the body is not a JSON object");
        assertThat(call("PATCH", "/config", "[1]")).startsWith("400");
        assertThat(call("PATCH", "/config", "{}")).startsWith("400");
        assertThat(call("PATCH", "/config", "")).startsWith("400");
        assertThat(call("PATCH", "/config", new BodyReading.TooLong(9)))
                .isEqualTo("413 the body is longer than 9 bytes");
        assertThat(call("PATCH", "/config", new BodyReading.Incomplete())).startsWith("408");
        assertThat(node.done).isEmpty();
        assertThat(call("POST", "/restart")).isEqualTo("200 restarted successfully");
        assertThat(call("POST", "/restart", "")).startsWith("200");
        assertThat(call("POST", "/restart", "{x")).startsWith("400");
    }

    @Test
    void configuration() {
        assertThat(call("PATCH", "/config", "{\"ttl\":20}")).isEqualTo("200 {\"ttl\": 20}");
        assertThat(call("PUT", "/config", "{\"ttl\":20}")).isEqualTo("200 {\"ttl\": 20}");
        node.config = new ConfigAnswer.Missing();
        assertThat(call("PATCH", "/config", "{\"ttl\":20}")).startsWith("503");
        node.config = new ConfigAnswer.Conflict();
        assertThat(call("PATCH", "/config", "{\"ttl\":20}")).startsWith("409");
        node.config = new ConfigAnswer.Invalid("ttl");
        assertThat(call("PATCH", "/config", "{\"ttl\":1}")).startsWith("400");
        node.config = new ConfigAnswer.NotWritten("away");
        assertThat(call("PUT", "/config", "{\"ttl\":20}")).startsWith("502");
        assertThat(call("PATCH", "/config", "{\"ttl\":20}")).startsWith("503");
        assertThat(node.done).contains("patch {\"ttl\": 20}", "put {\"ttl\": 20}");
    }

    @Test
    void restarts() {
        node.restart = new RestartAnswer.Busy("restart");
        assertThat(call("POST", "/restart")).isEqualTo("503 restart already in progress");
        node.restart = new RestartAnswer.StillStarting();
        assertThat(call("POST", "/restart")).isEqualTo("503 postgres is still starting");
        node.restart = new RestartAnswer.Failed("x");
        assertThat(call("POST", "/restart")).isEqualTo("503 restart failed");
        assertThat(call("POST", "/restart", "{\"role\": \"replica\"}"))
                .isEqualTo("503 restart conditions are not satisfied");
        String later = "{\"schedule\": \"2999-01-01T00:00Z\"}";
        assertThat(call("POST", "/restart", later)).isEqualTo("202 Restart scheduled");
        node.schedule = ScheduleAnswer.ANOTHER_IS_SCHEDULED;
        assertThat(call("POST", "/restart", later))
                .isEqualTo("409 Another restart is already scheduled");
        node.status = Samples.leader().paused().build();
        assertThat(call("POST", "/restart", later))
                .isEqualTo("500 Can't schedule restart in the paused state");
        assertThat(call("DELETE", "/restart")).isEqualTo("200 scheduled restart deleted");
        node.unschedule = UnscheduleAnswer.NOTHING_SCHEDULED;
        assertThat(call("DELETE", "/restart")).isEqualTo("404 no restarts are scheduled");
    }

    @Test
    void reloadAndReinitialize() {
        assertThat(call("POST", "/reload")).isEqualTo("202 reload scheduled");
        assertThat(call("POST", "/reinitialize")).isEqualTo("200 reinitialize started");
        assertThat(call("POST", "/reinitialize", "{\"force\": true, \"from-leader\": true}"))
                .startsWith("200");
        node.reinitialize = new ReinitializeAnswer.NoLeader();
        assertThat(call("POST", "/reinitialize"))
                .isEqualTo("503 Cluster has no leader, can not reinitialize");
        node.reinitialize = new ReinitializeAnswer.IsLeader();
        assertThat(call("POST", "/reinitialize"))
                .isEqualTo("503 I am the leader, can not reinitialize");
        node.reinitialize = new ReinitializeAnswer.Busy("restart");
        assertThat(call("POST", "/reinitialize")).isEqualTo("503 restart already in progress");
        assertThat(node.done)
                .contains("reinitialize LEAVE_ALONE ANY_MEMBER", "reinitialize CANCEL LEADER");
    }

    @Test
    void switchover() {
        String body = "{\"leader\": \"pg1\", \"member\": \"pg2\"}";
        node.next =
                new ClusterReading.Read(
                        Samples.ledBy(
                                Samples.cluster("{}"),
                                new LeaderKey.HeldBy(
                                        Samples.PG2, 2, LeaderKey.Ownership.ANOTHER_PROCESS)));
        assertThat(call("POST", "/switchover", body))
                .isEqualTo("200 Successfully switched over to \"pg2\"");
        assertThat(call("POST", "/failover", "{\"candidate\": \"pg3\"}"))
                .isEqualTo("200 Failed over to \"pg2\" instead of \"pg3\"");
        node.next = new ClusterReading.Read(Samples.cluster("{}"));
        assertThat(call("POST", "/switchover", body)).isEqualTo("503 Switchover failed");
        node.next =
                new ClusterReading.Read(
                        Samples.asked(
                                Samples.cluster("{}"),
                                Optional.of(
                                        new FailoverRequest(
                                                Optional.of(Samples.PG1),
                                                Optional.empty(),
                                                Optional.empty()))));
        assertThat(call("POST", "/switchover", body)).isEqualTo("503 Switchover status unknown");
        node.write = new WriteAnswer.NotWritten("away");
        assertThat(call("POST", "/switchover", body))
                .isEqualTo("503 failed to write failover key into DCS");
        node.cluster = new ClusterReading.Unavailable("away");
        assertThat(call("POST", "/switchover", body)).startsWith("503 the store does not answer");
    }

    @Test
    void scheduledSwitchover() {
        assertThat(
                        call(
                                "POST",
                                "/switchover",
                                "{\"leader\": \"pg1\", \"scheduled_at\": \"2999-01-01T00:00Z\"}"))
                .isEqualTo("202 Switchover scheduled");
        assertThat(call("DELETE", "/switchover")).isEqualTo("404 no switchover is scheduled");
        node.cluster =
                new ClusterReading.Read(
                        Samples.asked(
                                Samples.cluster("{}"),
                                Optional.of(
                                        new FailoverRequest(
                                                Optional.of(Samples.PG1),
                                                Optional.empty(),
                                                Optional.of("2999-01-01T00:00:00+00:00")))));
        assertThat(call("DELETE", "/switchover")).isEqualTo("200 scheduled switchover deleted");
        node.write = new WriteAnswer.Conflict();
        assertThat(call("DELETE", "/switchover")).startsWith("409");
        assertThat(node.done).contains("clear 9");
    }

    @Test
    void theLeaderOfAGroupTellsWhatHappens() {
        String event =
                "{\"type\": \"before_demote\", \"group\": 2, \"leader\": \"w1\", \"timeout\": 30,"
                        + " \"cooldown\": 10}";
        assertThat(call("POST", "/citus", event)).isEqualTo("200 OK");
        assertThat(call("POST", "/mpp", event)).isEqualTo("200 OK");
        assertThat(node.done).hasSize(2).allMatch(("tell " + event.replace(" ", ""))::equals);
        for (String broken :
                List.of(
                        event.replace("before_demote", "before_lunch"),
                        event.replace("2", "-2"),
                        event.replace("w1", ""),
                        event.replace("30", "3000000"),
                        event.replace("cooldown", "warmup"))) {
            assertThat(call("POST", "/citus", broken)).startsWith("400");
        }
        assertThat(node.done).hasSize(2);
    }

    @Test
    void failsafe() {
        String body = "{\"name\": \"pg1\", \"slots\": {\"pg2\": 500}}";
        assertThat(call("POST", "/failsafe", body)).startsWith("502");
        node.failsafe = FakeNode.accepted();
        assertThat(call("POST", "/failsafe", body)).isEqualTo("200 Accepted 77");
        node.failsafe = new FailsafeAnswer.RunningAsLeader();
        assertThat(call("POST", "/failsafe", body)).isEqualTo("500 Running as a leader");
        assertThat(call("POST", "/failsafe", "{\"x\": 1}")).startsWith("400");
        assertThat(call("POST", "/failsafe", "{\"name\": \"pg1\", \"ttl_ms\": 86400000}"))
                .as("nobody is bound for a day")
                .startsWith("400");
    }
}

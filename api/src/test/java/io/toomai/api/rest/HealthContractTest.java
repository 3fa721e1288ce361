package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.NodeState;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Contract §2.2 over a real socket: each path in each state of a node, by each of the methods of
/// health checks.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthContractTest {
    /// Columns in the order of [NodeState]; `+` is 200, `-` is 503.
    private static final String TABLE =
            """
            /                         + - - - - - - - + -
            /primary                  + - - - - - - - + -
            /master                   + - - - - - - - + -
            /read-write               + - - - - - - - + -
            /foo-primary-x            + - - - - - - - + -
            /primary/deeper           + - - - - - - - + -
            /standby_leader           - - - - - - + - - -
            /standby-leader           - - - - - - + - - -
            /x-standby-leader-replica - - - - - - + - - -
            /leader                   + - - - - - + - + -
            /primary-leader           + - - - - - + - + -
            /replica                  - + - - + + - + - -
            /foo-replica-x            - + - - + + - + - -
            /read-only                + + - - + + + + + -
            /read-only-x              + + - - + + + + + -
            /health                   + + + - + + + + + +
            /healthz                  + + + - + + + + + +
            /sync                     - - - - + - - - - -
            /synchronous              - - - - + - - - - -
            /quorum                   - - - - - + - - - -
            /async                    - + - - - - - + - -
            /asynchronous             - + - - - - - + - -
            /read-only-sync           + - - - + - + - - -
            /read-only-synchronous    + - - - + - + - - -
            /read-only-quorum         + - - - - + + - - -
            /sync-x                   - - - - - - - - - -
            /whatever                 - - - - - - - - - -
            """;

    // style: the third path above is one of Patroni's
    private final FakeNode node = new FakeNode();
    private RestServer server;

    @BeforeAll
    void start() {
        server = RestServer.start(RestConfig.plain("127.0.0.1", 0), node);
    }

    @AfterAll
    void close() {
        server.close();
    }

    private RawHttp.Answer call(NodeState state, String method, String target) {
        node.status = state.status();
        return RawHttp.call(server.address().getPort(), method, target, "");
    }

    static Stream<Arguments> cells() {
        NodeState[] states = NodeState.values();
        return TABLE.lines()
                .flatMap(line -> {
                    List<String> words = List.of(line.split(" +", -1));
                    return IntStream.range(0, states.length)
                            .mapToObj(column ->
                                    Arguments.of(
                                            words.getFirst(),
                                            states[column],
                                            words.get(1 + column).equals("+") ? 200 : 503));
                });
    }

    @ParameterizedTest(name = "{0} of a {1}: {2}")
    @MethodSource("cells")
    void everyPathInEveryState(String path, NodeState state, int code) {
        RawHttp.Answer get = call(state, "GET", path);
        assertThat(get.code()).isEqualTo(code);
        assertThat(get.header("content-type")).isEqualTo("application/json");
        assertThat(get.body()).startsWith("{\"state\": \"").endsWith("}");
        for (String method : List.of("HEAD", "OPTIONS")) {
            RawHttp.Answer bare = call(state, method, path);
            assertThat(bare.code()).as(method).isEqualTo(code);
            assertThat(bare.body()).as(method).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0} of a {1}: {2}")
    @CsvSource({
        "/replica?lag=200, REPLICA, 200",
        "/replica?lag=199, REPLICA, 503",
        "/replica?lag=1kB, REPLICA, 200",
        "/replica?lag=0.1kB, REPLICA, 503",
        "/replica?lag=abc, REPLICA, 200",
        "/replica?lag=1kb, REPLICA, 200",
        "/async?lag=100, REPLICA, 503",
        "/sync?lag=100, SYNC_STANDBY, 503",
        "/read-only?lag=100, REPLICA, 503",
        "/read-only?lag=100, LEADER, 200",
        "/read-only, UNBALANCED, 503",
        "/replica?replication_state=streaming, REPLICA, 200",
        "/replica?replication_state=in%20archive%20recovery, REPLICA, 503",
        "/replica?tag_clonefrom=true, REPLICA, 200",
        "/replica?tag_clonefrom=True, REPLICA, 503",
        "/replica?tag_ratio=1.4, REPLICA, 200",
        "/replica?tag_zone=a, REPLICA, 200",
        "/replica?tag_zone=b, REPLICA, 503",
        "/replica?tag_zone=a&tag_zone=b, REPLICA, 200",
        "/replica?tag_absent=a, REPLICA, 503",
        "/replica?tag_zone=a&tag_ratio=2, REPLICA, 503",
        "/health?tag_zone=b, REPLICA, 503",
        "/async?tag_zone=b, REPLICA, 503",
        "/read-only?tag_zone=b, LEADER, 503",
        "/primary?tag_zone=b, LEADER, 200",
        "/leader?tag_zone=b, LEADER, 200",
        "/standby-leader?tag_zone=b, STANDBY_LEADER, 200",
        "/readiness, LEADER, 200",
        "/readiness, REPLICA, 200",
        "/readiness?lag=200, REPLICA, 200",
        "/readiness?lag=199, REPLICA, 503",
        "/readiness?lag=100&mode=write, REPLICA, 200",
        "/readiness?lag=99&mode=write, REPLICA, 503",
        "/readiness?lag=100&mode=apply, REPLICA, 503",
        "/readiness, STARTING, 503",
        "/readiness, ALONE, 503",
        "/liveness, LEADER, 200",
        "/liveness, STARTING, 200",
        "/patroni, STARTING, 200",
        "/patroni, ALONE, 200",
    })
    void parametersAndTheOtherChecks(String target, NodeState state, int code) {
        assertThat(call(state, "GET", target).code()).isEqualTo(code);
    }

    /// Only `GET` has a handler for these; any other way to ask is a health check of no known path.
    @ParameterizedTest
    @CsvSource({
        "/patroni",
        "/liveness",
        "/readiness",
        "/metrics",
        "/cluster",
        "/config",
        "/history"
    })
    void whatOnlyGetAnswers(String path) {
        for (String method : List.of("HEAD", "OPTIONS")) {
            assertThat(call(NodeState.LEADER, method, path).code()).as(method).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @CsvSource({"/liveness", "/readiness"})
    void probesHaveNoBody(String path) {
        assertThat(call(NodeState.LEADER, "GET", path).body()).isEmpty();
    }
}

package io.toomai.dcs.consul;

import io.toomai.core.FreePorts;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ServerProcesses;
import io.toomai.dcs.consul.ConsulDcsSettings.Access;
import io.toomai.dcs.consul.ConsulDcsSettings.Consistency;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.HttpConnection.Answer;
import io.toomai.dcs.http.HttpRequest;
import io.toomai.dcs.http.HttpRequest.Credentials;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Assumptions;

/// Real Consul servers on free ports of the loopback.
final class ConsulServers extends ServerProcesses {
    /// The shortest that Consul has: sessions of half of it.
    static final Duration TTL = Duration.ofSeconds(20);

    private static final String VARIABLE = "TOOMAI_CONSUL_BIN";
    private static final String USUAL = "/var/cache/toomai-test/consul/usr/bin/consul";
    private static final int PORTS_EACH = 4;

    static final Supplier<SSLContext> NO_TLS =
            () -> {
                throw new IllegalStateException("no TLS in these tests");
            };

    private final String program;
    private final List<Integer> ports;
    private final List<String> more;

    private ConsulServers(String program, Path dir, List<Integer> ports, List<String> more) {
        super(dir);
        this.program = program;
        this.ports = ports;
        this.more = more;
    }

    /// @param more settings in Consul's own language
    static ConsulServers start(Path dir, int count, String... more) throws IOException {
        ConsulServers servers =
                new ConsulServers(
                        program(), dir, FreePorts.next(count * PORTS_EACH), List.of(more));
        servers.startAll(count);
        return servers;
    }

    /// Skips the test where there is none.
    private static String program() {
        Path program = Path.of(Optional.ofNullable(System.getenv(VARIABLE)).orElse(USUAL));
        Assumptions.assumeTrue(
                Files.isExecutable(program),
                () -> "no Consul at " + program + " (" + VARIABLE + "); dev/test gets it");
        return program.toString();
    }

    private int port(int server, int which) {
        return ports.get(server * PORTS_EACH + which);
    }

    @Override
    protected List<String> command(int server) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                program,
                                "agent",
                                "-server",
                                "-node=c" + server,
                                "-bind=127.0.0.1",
                                "-data-dir=" + dir().resolve("c" + server),
                                "-bootstrap-expect=" + ports.size() / PORTS_EACH,
                                "-http-port=" + port(server, 0),
                                "-server-port=" + port(server, 1),
                                "-serf-lan-port=" + port(server, 2),
                                "-serf-wan-port=" + port(server, 3),
                                "-dns-port=-1",
                                "-hcl=performance { raft_multiplier = 1 }"));
        for (int i = 0; i < ports.size() / PORTS_EACH; i++) {
            command.add("-retry-join=127.0.0.1:" + port(i, 2));
        }
        more.forEach(text -> command.add("-hcl=" + text));
        return command;
    }

    Endpoint endpoint(int server) {
        return new Endpoint(Endpoint.Scheme.HTTP, "127.0.0.1", port(server, 0));
    }

    static ConsulDcsSettings settings(
            Endpoint agent, Optional<Secret> token, String base, MemberName member) {
        return new ConsulDcsSettings(
                agent,
                new Access(token, Optional.empty(), Consistency.DEFAULT),
                List.of(),
                NO_TLS,
                base,
                member,
                TTL,
                Optional.empty());
    }

    /// One request past the adapter; an operator's, as it were.
    Answer ask(int server, Method method, String target, String body) throws IOException {
        return ask(server, method, target, body, Optional.empty());
    }

    Answer ask(int server, Method method, String target, String body, Optional<Secret> token)
            throws IOException {
        Deadline deadline = Deadline.in(Duration.ofSeconds(10));
        try (HttpConnection connection = HttpConnection.open(endpoint(server), NO_TLS, deadline)) {
            return connection.exchange(
                    new HttpRequest(
                            method,
                            "/v1/" + target,
                            token.map(t -> new Credentials("X-Consul-Token", t)),
                            body),
                    deadline);
        }
    }

    @Override
    protected boolean serves(int server) {
        try {
            Answer answer = ask(server, Method.GET, "kv/x?consistent", "");
            return answer.status() == 404 || answer.status() == 403 || answer.status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String address(int server) {
        return endpoint(server).toString();
    }

    @Override
    public int leading() throws IOException {
        String leader = Json.parse(ask(0, Method.GET, "status/leader", "").body()).scalar();
        for (int i = 0; i < count(); i++) {
            if (leader.endsWith(":" + port(i, 1))) {
                return i;
            }
        }
        throw new AssertionError("no server leads: " + leader);
    }
}

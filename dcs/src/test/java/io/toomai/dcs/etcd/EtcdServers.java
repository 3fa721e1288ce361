package io.toomai.dcs.etcd;

import static org.awaitility.Awaitility.await;

import io.toomai.core.model.Secret;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// Real etcd servers on free ports of the loopback, with their data in one folder. They end with
/// [#close].
final class EtcdServers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static final Supplier<SSLContext> NO_TLS =
            () -> {
                throw new IllegalStateException("no TLS in these tests");
            };

    private final Path program;
    private final Path dir;
    private final List<Integer> clientPorts = new ArrayList<>();
    private final List<Integer> peerPorts = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    private EtcdServers(Path program, Path dir) {
        this.program = program;
        this.dir = dir;
    }

    static EtcdServers start(EtcdRelease release, Path dir, int count) throws IOException {
        EtcdServers servers = new EtcdServers(release.program(), dir);
        List<ServerSocket> held = new ArrayList<>();
        for (int i = 0; i < count * 2; i++) {
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            (i % 2 == 0 ? servers.clientPorts : servers.peerPorts)
                    .add(held.getLast().getLocalPort());
        }
        for (ServerSocket socket : held) {
            socket.close();
        }
        for (int i = 0; i < count; i++) {
            servers.processes.add(servers.launch(i));
        }
        servers.awaitServing();
        return servers;
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    private Process launch(int server) throws IOException {
        List<String> cluster = new ArrayList<>();
        for (int i = 0; i < peerPorts.size(); i++) {
            cluster.add("e" + i + "=" + url(peerPorts.get(i)));
        }
        String client = url(clientPorts.get(server));
        String peer = url(peerPorts.get(server));
        List<String> command =
                List.of(
                        program.toString(),
                        "--name=e" + server,
                        "--data-dir=" + dir.resolve("e" + server),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=" + String.join(",", cluster));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(
                                dir.resolve("e" + server + ".log").toFile()))
                .start();
    }

    Endpoint endpoint(int server) {
        return new Endpoint(Endpoint.Scheme.HTTP, "127.0.0.1", clientPorts.get(server));
    }

    /// All, that one first.
    List<Endpoint> endpointsFrom(int server) {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < clientPorts.size(); i++) {
            all.add(endpoint((server + i) % clientPorts.size()));
        }
        return all;
    }

    int count() {
        return processes.size();
    }

    /// One request past the adapter; an operator's, as it were.
    GatewayReply ask(int server, String path, Json body) throws IOException, Refusal {
        return ask(server, path, body, Optional.empty());
    }

    GatewayReply ask(int server, String path, Json body, Optional<Secret> token)
            throws IOException, Refusal {
        Deadline deadline = Deadline.in(Duration.ofSeconds(10));
        try (HttpConnection connection =
                HttpConnection.open(endpoint(server), EtcdServers.NO_TLS, deadline)) {
            return GatewayReply.of(
                    connection.exchange(EtcdCalls.request(path, body, token), deadline));
        }
    }

    /// Whether that server knows a leader, and is in touch with it.
    boolean serves(int server) {
        try {
            return ask(server, "/v3/kv/range", Txn.keyBody("/x")).revision() > 0;
        } catch (IOException e) {
            return false;
        } catch (Refusal e) {
            return e.kind() == Refusal.Kind.TOKEN;
        }
    }

    void awaitServing() {
        for (int i = 0; i < processes.size(); i++) {
            int server = i;
            await("etcd " + i + " serves, see " + dir).atMost(PATIENCE).until(() -> serves(server));
        }
    }

    /// The server that leads the others.
    int leading() throws IOException, Refusal {
        for (int i = 0; i < processes.size(); i++) {
            GatewayReply status = ask(i, "/v3/maintenance/status", Json.Obj.EMPTY);
            if (status.body().textAt("leader").equals(status.memberId())) {
                return i;
            }
        }
        throw new AssertionError("no server leads");
    }

    int following() throws IOException, Refusal {
        return (leading() + 1) % processes.size();
    }

    void kill(int server) throws InterruptedException {
        Process process = processes.get(server).destroyForcibly();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("etcd " + server + " does not end");
        }
    }

    void restart(int server) throws IOException {
        if (!processes.get(server).isAlive()) {
            processes.set(server, launch(server));
        }
        await("etcd " + server + " serves again").atMost(PATIENCE).until(() -> serves(server));
    }

    void freeze(int server) throws Exception {
        signal(server, "STOP");
    }

    void thaw(int server) throws Exception {
        signal(server, "CONT");
        await("etcd " + server + " serves again").atMost(PATIENCE).until(() -> serves(server));
    }

    private void signal(int server, String name) throws Exception {
        int code =
                new ProcessBuilder("kill", "-" + name, Long.toString(processes.get(server).pid()))
                        .start()
                        .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " failed");
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }
}

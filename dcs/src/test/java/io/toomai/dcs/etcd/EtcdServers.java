package io.toomai.dcs.etcd;

import io.toomai.core.FreePorts;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.ServerProcesses;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/// Real etcd servers on free ports of the loopback, with their data in one folder. They end with
/// [#close].
final class EtcdServers extends ServerProcesses {
    static final Supplier<SSLContext> NO_TLS =
            () -> {
                throw new IllegalStateException("no TLS in these tests");
            };

    /// How clients reach them.
    ///
    /// @param operator what the test itself uses where TLS is spoken
    /// @param options that make the servers speak so
    record Access(Endpoint.Scheme scheme, Supplier<SSLContext> operator, List<String> options) {
        static final Access PLAIN = new Access(Endpoint.Scheme.HTTP, NO_TLS, List.of());
    }

    private final Path program;
    private final Access access;
    private final List<Integer> clientPorts;
    private final List<Integer> peerPorts;

    private EtcdServers(Path program, Access access, Path dir, List<Integer> ports) {
        super(dir);
        this.program = program;
        this.access = access;
        this.clientPorts = ports.subList(0, ports.size() / 2);
        this.peerPorts = ports.subList(ports.size() / 2, ports.size());
    }

    static EtcdServers start(EtcdRelease release, Path dir, int count) throws IOException {
        return start(release, Access.PLAIN, dir, count);
    }

    static EtcdServers start(EtcdRelease release, Access access, Path dir, int count)
            throws IOException {
        EtcdServers servers =
                new EtcdServers(release.program(), access, dir, FreePorts.next(count * 2));
        servers.startAll(count);
        return servers;
    }

    private static String peerUrl(int port) {
        return "http://127.0.0.1:" + port;
    }

    @Override
    protected List<String> command(int server) {
        List<String> cluster = new ArrayList<>();
        for (int i = 0; i < peerPorts.size(); i++) {
            cluster.add("e" + i + "=" + peerUrl(peerPorts.get(i)));
        }
        String client = endpoint(server).toString();
        String peer = peerUrl(peerPorts.get(server));
        List<String> command = new ArrayList<>(access.options());
        command.addFirst(program.toString());
        command.addAll(
                List.of(
                        "--name=e" + server,
                        "--data-dir=" + dir().resolve("e" + server),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=" + String.join(",", cluster)));
        return command;
    }

    Endpoint endpoint(int server) {
        return new Endpoint(access.scheme(), "127.0.0.1", clientPorts.get(server));
    }

    /// All, that one first.
    List<Endpoint> endpointsFrom(int server) {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < clientPorts.size(); i++) {
            all.add(endpoint((server + i) % clientPorts.size()));
        }
        return all;
    }

    /// One request past the adapter; an operator's, as it were.
    GatewayReply ask(int server, String path, Json body) throws IOException, Refusal {
        return ask(server, path, body, Optional.empty());
    }

    GatewayReply ask(int server, String path, Json body, Optional<Secret> token)
            throws IOException, Refusal {
        Deadline deadline = Deadline.in(Duration.ofSeconds(10));
        try (HttpConnection connection =
                HttpConnection.open(endpoint(server), access.operator(), deadline)) {
            return GatewayReply.of(
                    connection.exchange(EtcdCalls.request(path, body, token), deadline));
        }
    }

    @Override
    protected boolean serves(int server) {
        try {
            return ask(server, "/v3/kv/range", Txn.keyBody("/x")).revision() > 0;
        } catch (SSLException e) {
            return true; // its certificate is to be refused
        } catch (IOException e) {
            return false;
        } catch (Refusal e) {
            return e.kind() == Refusal.Kind.TOKEN;
        }
    }

    @Override
    public String address(int server) {
        return endpoint(server).toString();
    }

    @Override
    public int leading() throws IOException, Refusal {
        for (int i = 0; i < count(); i++) {
            GatewayReply status = ask(i, "/v3/maintenance/status", Json.Obj.EMPTY);
            if (status.body().textAt("leader").equals(status.memberId())) {
                return i;
            }
        }
        throw new AssertionError("no server leads");
    }
}

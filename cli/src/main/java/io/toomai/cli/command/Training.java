package io.toomai.cli.command;

import io.toomai.cli.Console;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Runs the usual commands against a made-up member inside this process.
final class Training {
    private static final String STATUS =
            """
            {"state": "running", "role": "primary", "server_version": 170005, \
            "database_system_identifier": "7277694203142172922", \
            "patroni": {"version": "4.1.4", "scope": "demo", "name": "pg1"}}\
            """;
    private static final String CONFIG =
            """
            {"ttl": 30, "loop_wait": 10, "postgresql": {"parameters": {"max_connections": 100}}}\
            """;

    /// A settings file names one of these.
    private static final List<String> STORES =
            List.of(
                    "toomai: {store: {id: 1, voters: ['1@127.0.0.1:2888:3888:2181']}}",
                    "etcd3: {hosts: '127.0.0.1:2379,127.0.0.1:2381'}",
                    "consul: {host: '127.0.0.1:8500'}",
                    "zookeeper: {hosts: ['127.0.0.1:2181']}");

    private Training() {}

    static int cli(Context outer) {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            int port = server.getLocalPort();
            Path file = Files.createTempFile("toomai-training", ".yml");
            Thread answering = Thread.ofPlatform().daemon().start(() -> serve(server, port));
            for (String store : STORES) {
                Files.writeString(file, settings(port, store));
                run("list -c " + file);
            }
            String address = "127.0.0.1:" + port;
            for (String line :
                    List.of(
                            "list -d " + address,
                            "list -t -d " + address,
                            "list -e -f json -d " + address,
                            "list -f tsv -d " + address,
                            "-d " + address + " list -f yaml",
                            "topology -d " + address,
                            "show-config -d " + address,
                            "history -d " + address,
                            "version -d " + address + " demo",
                            "dsn -d " + address,
                            "switchover --force -d " + address,
                            "restart --force -d " + address + " demo",
                            "edit-config --force -s ttl=20 -d " + address,
                            "pause -d " + address,
                            "--help")) {
                run(line);
            }
            answering.interrupt();
            Files.delete(file);
            return 0;
        } catch (IOException e) {
            outer.console().warn("training failed: " + e.getMessage());
            return 1;
        }
    }

    private static void run(String line) {
        List<String> words = Commands.split(line);
        if (QuickList.run(quiet(), words).isEmpty()) {
            Commands.run(quiet(), words);
        }
    }

    private static Context quiet() {
        var console =
                new Console(
                        new ByteArrayInputStream(new byte[0]),
                        OutputStream.nullOutputStream(),
                        OutputStream.nullOutputStream(),
                        Console.Kind.PIPE);
        return new Context(console, Map.of("XDG_CACHE_HOME", "/nonexistent"), "toomai");
    }

    private static String settings(int port, String store) {
        return """
        scope: demo
        name: pg1
        restapi: {listen: '127.0.0.1:%1$d', connect_address: '127.0.0.1:%1$d'}
        bootstrap:
          dcs: {ttl: 5, loop_wait: 1, postgresql: {use_pg_rewind: true}}
          initdb: [{encoding: UTF8}, data-checksums]
        postgresql:
          listen: '127.0.0.1:5432'
          data_dir: /nonexistent
          authentication:
            superuser: {username: postgres, password: p}
            replication: {username: replicator, password: p}
          parameters: {shared_buffers: 32MB}
          pg_hba: [local all all trust]
        tags: {clonefrom: true}
        %2$s
        """
                .formatted(port, store);
    }

    private static String cluster(int port) {
        return """
        {"members": [{"name": "pg1", "role": "leader", "state": "running", "api_url": \
        "http://127.0.0.1:%1$d/patroni", "host": "127.0.0.1", "port": 5433, "timeline": 1}, \
        {"name": "pg2", "role": "sync_standby", "state": "streaming", "api_url": \
        "http://127.0.0.1:%1$d/patroni", "host": "127.0.0.1", "port": 5434, "timeline": 1, \
        "receive_lsn": "0/4000000", "receive_lag": 0, "replay_lsn": "0/4000000", \
        "replay_lag": 0, "lsn": "0/4000000", "lag": 0, "tags": {"clonefrom": true}}], \
        "scope": "demo"}\
        """
                .formatted(port);
    }

    private static void serve(ServerSocket server, int port) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                answer(socket, port);
            } catch (IOException _) {
                return;
            }
        }
    }

    private static void answer(Socket socket, int port) throws IOException {
        byte[] buffer = new byte[4096];
        InputStream in = socket.getInputStream();
        int count = in.read(buffer);
        if (count < 0) {
            return;
        }
        String request = new String(buffer, 0, count, StandardCharsets.US_ASCII);
        String body =
                request.contains(" /cluster ")
                        ? cluster(port)
                        : request.contains(" /patroni ")
                                ? STATUS
                                : request.contains(" /history ")
                                        ? "[[1, 67108864, \"no recovery target specified\"]]"
                                        : CONFIG;
        String answer = "HTTP/1.0 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (OutputStream out = socket.getOutputStream()) {
            out.write(answer.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

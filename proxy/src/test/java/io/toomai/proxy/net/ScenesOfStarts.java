package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.packet;
import static io.toomai.proxy.net.RawClient.query;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// How a connection begins.
final class ScenesOfStarts {
    private static final String USUAL = "user\0postgres\0database\0";

    private ScenesOfStarts() {}

    static List<Scene> all() {
        List<Scene> all = new ArrayList<>(names());
        all.addAll(versions());
        all.addAll(requests());
        all.addAll(odd());
        all.addAll(replication());
        all.addAll(limits());
        return all;
    }

    private static Scene first(String what, byte[]... parts) {
        return Scene.of(what, stage -> stage.stranger("a").says("first", parts));
    }

    private static List<Scene> names() {
        return List.of(
                first("an unknown database", packet(3, 0, USUAL + "nowhere\0\0")),
                first("an unknown user", packet(3, 0, "user\0nobody\0database\0one\0\0")),
                first("no user", packet(3, 0, "database\0one\0\0")),
                first("an empty user", packet(3, 0, "user\0\0database\0one\0\0")),
                first("an empty database", packet(3, 0, USUAL + "\0\0")),
                first("no database", packet(3, 0, "user\0postgres\0\0")),
                first("no parameters at all", packet(3, 0, "\0")),
                first("a database that the server has not", packet(3, 0, USUAL + "gone\0\0")),
                first("a long name", packet(3, 0, USUAL + "x".repeat(100) + "\0\0")),
                first(
                        "a long user",
                        packet(3, 0, "user\0" + "x".repeat(200) + "\0database\0one\0\0")),
                first("an odd name", packet(3, 0, USUAL + "o'n\"e\\\0\0")));
    }

    private static Scene version(int minor, String... parameters) {
        String what = ("protocol 3." + minor + " " + String.join(" ", parameters)).strip();
        return Scene.of(
                what,
                stage -> {
                    Voice a = stage.stranger("a");
                    a.says("first", stage.first(minor, stage.database(), parameters));
                    a.asks("SELECT 1");
                });
    }

    private static List<Scene> versions() {
        return List.of(
                version(2),
                version(9999, "_pq_.grease", "1"),
                version(0, "_pq_.grease", "1"),
                version(2, "_pq_.a", "1", "_pq_.b", ""),
                first("protocol 2.0", packet(2, 0, "x\0")),
                first("protocol 4.0", packet(4, 0, USUAL + "one\0\0")),
                first("protocol 0", packet(0, 0, USUAL + "one\0\0")),
                first("an unknown request", packet(1234, 5681, "")));
    }

    private static List<Scene> requests() {
        return List.of(
                Scene.of(
                        "SSLRequest, then in plain",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(RawClient.SSL).hearsByte("SSLRequest");
                            a.tells(RawClient.GSS).hearsByte("GSSENCRequest");
                            a.says("first", stage.first(0, stage.database()));
                        }),
                Scene.of(
                        "GSSENCRequest, then in plain",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(RawClient.GSS).hearsByte("GSSENCRequest");
                            a.tells(RawClient.SSL).hearsByte("SSLRequest");
                            a.says("first", stage.first(0, stage.database()));
                        }),
                Scene.of(
                        "SSLRequest twice",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(RawClient.SSL).hearsByte("SSLRequest");
                            a.tells(RawClient.SSL).hearsByte("again");
                        }),
                Scene.of(
                        "a first packet behind SSLRequest",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(RawClient.SSL, stage.first(0, stage.database()));
                            a.hearsByte("SSLRequest").hears("first");
                        }),
                Scene.of(
                        "a cancel with a wrong key",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(packet(1234, 5678, "12345678")).hearsOut("cancel");
                        }),
                Scene.of(
                        "a cancel that is cut",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(packet(1234, 5678, "1234")).hearsOut("cancel");
                        }),
                Scene.of(
                        "a cancel with a long key",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(packet(1234, 5678, "1".repeat(36))).hearsOut("cancel");
                        }));
    }

    private static Scene begins(String what, byte[] bytes) {
        return Scene.of(what, stage -> stage.stranger("a").tells(bytes).hearsOut("first"));
    }

    private static byte[] header(int length) {
        return ByteBuffer.allocate(8).putInt(length).putInt(3 << 16).array();
    }

    private static List<Scene> odd() {
        return List.of(
                Scene.with(
                        "client_login_timeout = 0.1",
                        "HTTP",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(Parts.text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                            a.hearsOut("first");
                        }),
                begins("a query first", query("SELECT 1")),
                begins("a first packet of 7 bytes", header(7)),
                begins("a first packet of no bytes", header(0)),
                begins("a first packet of -1 bytes", header(-1)),
                begins("a first packet of many bytes", header(1 << 30)),
                begins("a first packet of 100 kB", header(100_000)),
                begins("parameters without an end", packet(3, 0, "user\0postgres")),
                begins("a value that is missing", packet(3, 0, USUAL)),
                Scene.of(
                        "no NUL behind the parameters",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.says("first", packet(3, 0, USUAL + stage.database() + "\0"));
                        }),
                Scene.of(
                        "bytes behind the parameters",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.says("first", packet(3, 0, USUAL + stage.database() + "\0\0more"));
                        }),
                Scene.of(
                        "a query sent with the first packet",
                        stage -> {
                            Voice a = stage.stranger("a");
                            byte[] first = stage.first(0, stage.database());
                            a.says("both", 2, first, query("SELECT 1"));
                        }),
                Scene.of(
                        "a password nobody asked for",
                        stage -> {
                            Voice a = stage.stranger("a");
                            byte[] first = stage.first(0, stage.database());
                            a.says("both", first, RawClient.message('p', "secret\0"));
                            a.asks("SELECT 1");
                        }));
    }

    private static List<Scene> replication() {
        return List.of(
                Scene.of(
                        "logical replication",
                        stage -> {
                            Voice a = stage.enters("a", "replication", "database");
                            a.asks("SHOW wal_level");
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "physical replication",
                        stage -> {
                            Voice a = stage.enters("a", "replication", "true");
                            a.asks("SHOW wal_level");
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "no replication",
                        stage -> {
                            Voice a = stage.enters("a", "replication", "false");
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "replication that is neither",
                        stage -> stage.enters("a", "replication", "maybe")));
    }

    private static List<Scene> limits() {
        return List.of(
                Scene.with(
                        "max_client_conn = 2",
                        "more clients than may be",
                        stage -> {
                            Voice a = stage.enters("a");
                            Voice b = stage.enters("b");
                            stage.enters("c");
                            a.asks("SELECT 1");
                            b.close();
                        }),
                Scene.with(
                        "max_db_client_connections = 1",
                        "more clients than a database may have",
                        stage -> {
                            stage.enters("a");
                            stage.enters("b");
                        }),
                Scene.with(
                        "max_user_client_connections = 1",
                        "more clients than a user may have",
                        stage -> {
                            stage.enters("a");
                            stage.enters("b");
                        }));
    }
}

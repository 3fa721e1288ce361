package io.toomai.proxy.net;

import static io.toomai.proxy.net.Parts.FLUSH;
import static io.toomai.proxy.net.Parts.SYNC;
import static io.toomai.proxy.net.Parts.unnamed;
import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;

import java.util.ArrayList;
import java.util.List;

/// Cancels, time-outs, orders of the console, and servers that are gone.
final class ScenesOfEnds {
    /// The server's last words tell in which row of COPY it was.
    private static final String UNTIL_A_ROW_IS_READ =
            """
            DO $$ BEGIN
                FOR turn IN 1..6000 LOOP
                    EXIT WHEN EXISTS (SELECT FROM pg_stat_activity
                        WHERE query LIKE 'COPY log%' AND wait_event = 'ClientRead');
                    PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01);
                END LOOP;
            END $$\
            """;

    private ScenesOfEnds() {}

    static List<Scene> all() {
        List<Scene> all = new ArrayList<>(cancels());
        all.addAll(times());
        all.addAll(orders());
        all.addAll(kills());
        all.addAll(deaths());
        return all;
    }

    private static List<Scene> cancels() {
        return List.of(
                Scene.of(
                        "a cancel of what is under way",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(query("SELECT pg_sleep(301)"));
                            stage.awaitWorking("pg_sleep(301)", 1);
                            a.cancels(stage.port());
                            a.hears("pg_sleep");
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "a cancel in a block",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            if (stage.blocks()) {
                                a.tells(query("SELECT pg_sleep(302)"));
                                stage.awaitWorking("pg_sleep(302)", 1);
                                a.cancels(stage.port());
                                a.hears("pg_sleep");
                                a.asks("ROLLBACK");
                            }
                        }),
                Scene.of(
                        "a cancel of who is idle",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT 1");
                            a.cancels(stage.port());
                            a.asks("SELECT 2");
                            a.asks("BEGIN");
                            a.cancels(stage.port());
                            a.asks("SELECT 3");
                        }),
                Scene.of(
                        "a cancel in a pipeline",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(
                                    unnamed("SELECT pg_sleep(303)"),
                                    SYNC,
                                    unnamed("SELECT 2"),
                                    SYNC);
                            stage.awaitWorking("pg_sleep(303)", 1);
                            a.cancels(stage.port());
                            a.hears("both", 'Z', 2);
                        }),
                Scene.of(
                        "a cancel of who waits",
                        stage -> {
                            if (stage.shares()) {
                                Voice a = stage.enters("a");
                                Voice b = stage.enters("b");
                                a.tells(query("SELECT pg_sleep(304)"));
                                stage.awaitWorking("pg_sleep(304)", 1);
                                b.tells(query("SELECT 2"));
                                stage.awaitWaiting(1);
                                b.cancels(stage.port());
                                a.cancels(stage.port());
                                a.hears("pg_sleep");
                                b.hears("SELECT 2");
                            }
                        }));
    }

    private static List<Scene> times() {
        return List.of(
                Scene.with(
                        "query_timeout = 0.1",
                        "query_timeout",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT pg_sleep(305)");
                            a.hearsOut("end");
                        }),
                Scene.with(
                        "query_timeout = 0.1",
                        "query_timeout in a block",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.asks("SELECT pg_sleep(305)");
                            a.hearsOut("end");
                        }),
                Scene.with(
                        "idle_transaction_timeout = 0.1",
                        "idle_transaction_timeout",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.hearsOut("end");
                        }),
                Scene.with(
                        "client_idle_timeout = 0.1",
                        "client_idle_timeout",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.hearsOut("end");
                        }),
                Scene.with(
                        "client_login_timeout = 0.1",
                        "client_login_timeout",
                        stage -> {
                            Voice a = stage.stranger("a");
                            a.tells(Parts.number(100)).hearsOut("end");
                        }),
                Scene.with(
                        "query_wait_timeout = 0.1",
                        "query_wait_timeout",
                        stage -> {
                            Voice a = stage.enters("a");
                            Voice b = stage.enters("b");
                            a.asks("SELECT 1");
                            if (stage.blocks()) {
                                a.asks("BEGIN");
                            } else {
                                a.tells(query("SELECT pg_sleep(308)"));
                                stage.awaitWorking("pg_sleep(308)", 1);
                            }
                            b.asks("SELECT 2");
                            b.hearsOut("end");
                        }),
                Scene.with(
                        "query_wait_timeout = 0.1",
                        "query_wait_timeout by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(query("SELECT pg_sleep(309)"));
                            stage.awaitWorking("pg_sleep(309)", 1);
                            Voice b = stage.enters("b");
                            b.says("messages", unnamed("SELECT 2"), SYNC);
                            b.hearsOut("end");
                        }));
    }

    private static List<Scene> orders() {
        return List.of(
                Scene.of(
                        "PAUSE, a query, RESUME",
                        stage -> {
                            Voice a = stage.enters("a");
                            if (stage.shares()) {
                                a.asks("SELECT 1");
                            }
                            Voice console = stage.console();
                            console.asks("PAUSE " + stage.database());
                            a.tells(query("SELECT 2"));
                            stage.awaitWaiting(1);
                            console.asks("RESUME " + stage.database());
                            a.hears("SELECT 2");
                        }),
                Scene.of(
                        "PAUSE, and somebody new",
                        stage -> {
                            stage.enters("a").close();
                            Voice console = stage.console();
                            console.asks("PAUSE " + stage.database());
                            Voice b = stage.enters("b");
                            b.tells(query("SELECT 2"));
                            stage.awaitWaiting(1);
                            console.asks("RESUME " + stage.database());
                            b.hears("SELECT 2");
                        }),
                Scene.of(
                        "DISABLE",
                        stage -> {
                            Voice a = stage.enters("a");
                            Voice console = stage.console();
                            console.asks("DISABLE " + stage.database());
                            a.asks("SELECT 1");
                            stage.enters("b");
                            console.asks("ENABLE " + stage.database());
                            a.close();
                            stage.enters("c").asks("SELECT 1");
                        }));
    }

    private static List<Scene> kills() {
        return List.of(
                Scene.of(
                        "KILL of who is idle",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT 1");
                            stage.console().asks("KILL " + stage.database());
                            a.hearsOut("end");
                        }),
                Scene.of(
                        "KILL of who works",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(query("SELECT pg_sleep(310)"));
                            stage.awaitWorking("pg_sleep(310)", 1);
                            stage.console().asks("KILL " + stage.database());
                            a.hearsOut("end");
                        }),
                Scene.with(
                        "server_login_retry = 0.1",
                        "somebody new after KILL",
                        stage -> {
                            stage.enters("a").close();
                            Voice console = stage.console();
                            console.asks("KILL " + stage.database());
                            Voice b = stage.stranger("b");
                            b.tells(stage.first(0, stage.database()));
                            stage.awaitClients(1);
                            console.asks("RESUME " + stage.database());
                            b.hears("starts").asks("SELECT 2");
                        }),
                Scene.of(
                        "KILL of who waits",
                        stage -> {
                            Voice a = stage.enters("a");
                            Voice b = stage.enters("b");
                            a.tells(query("SELECT pg_sleep(312)"));
                            stage.awaitWorking("pg_sleep(312)", 1);
                            b.tells(query("SELECT 2"));
                            stage.awaitWaiting(1);
                            stage.console().asks("KILL " + stage.database());
                            a.hearsOut("end");
                            b.hearsOut("end");
                        }),
                Scene.of(
                        "RECONNECT",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            stage.console().asks("RECONNECT " + stage.database());
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }));
    }

    private static List<Scene> deaths() {
        return List.of(
                Scene.of(
                        "a server that dies while nobody needs it",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            stage.sql(Stage.KILL_OTHERS);
                            if (stage.shares()) {
                                stage.awaitServers(0);
                                a.asks("SELECT 2");
                                a.says("Bind", bind("s"), execute(), SYNC);
                            } else {
                                a.hearsOut("end");
                            }
                        }),
                Scene.of(
                        "a server that dies in a block",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            stage.sql(Stage.KILL_OTHERS);
                            a.hearsOut("end");
                        }),
                Scene.of(
                        "a server that dies in a query",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(query("SELECT pg_sleep(311)"));
                            stage.awaitWorking("pg_sleep(311)", 1);
                            stage.sql(Stage.KILL_OTHERS);
                            a.hearsOut("end");
                            stage.enters("b").asks("SELECT 1");
                        }),
                Scene.of(
                        "a server that dies in a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('C', "Flush", unnamed("SELECT 1"), FLUSH);
                            stage.sql(Stage.KILL_OTHERS);
                            a.hearsOut("end");
                        }),
                Scene.of(
                        "who ends its own server",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(query("SELECT pg_terminate_backend(pg_backend_pid())"));
                            a.hearsOut("end");
                        }),
                Scene.of(
                        "a server that dies in COPY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            stage.sql(UNTIL_A_ROW_IS_READ);
                            stage.sql(Stage.KILL_OTHERS);
                            a.hearsOut("end");
                        }));
    }
}

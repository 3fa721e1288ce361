package io.toomai.proxy.net;

import static io.toomai.proxy.net.Parts.COPY_DONE;
import static io.toomai.proxy.net.Parts.FLUSH;
import static io.toomai.proxy.net.Parts.SYNC;
import static io.toomai.proxy.net.Parts.calls;
import static io.toomai.proxy.net.Parts.copies;
import static io.toomai.proxy.net.Parts.copyFails;
import static io.toomai.proxy.net.Parts.number;
import static io.toomai.proxy.net.Parts.text;
import static io.toomai.proxy.net.Parts.unnamed;
import static io.toomai.proxy.net.RawClient.query;

import java.util.List;
import java.util.stream.Stream;

/// Simple queries, transactions, COPY, function calls, and what stays of a session.
final class ScenesOfQueries {
    private ScenesOfQueries() {}

    static Stream<Scene> all() {
        return Stream.of(
                        queries(), transactions(), copying(), copyingMore(), functions(), remains())
                .flatMap(List::stream);
    }

    private static List<Scene> queries() {
        return List.of(
                Scene.of(
                        "several statements in a query",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT 1; SELECT 1/0; SELECT 2");
                            a.asks("");
                            a.asks(" ; ;");
                            a.asks("SELECT 'é', repeat('x', 100000)");
                        }),
                Scene.of(
                        "a query with blocks in it",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN; SELECT 1; COMMIT; SELECT 2");
                        }),
                Scene.of(
                        "queries sent together",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says(
                                    "three",
                                    3,
                                    query("SELECT 1"),
                                    query("SELEC"),
                                    query("SELECT 3"));
                            a.says("again", 2, query("SELECT 4"), query("SELECT 5"));
                        }),
                Scene.of(
                        "notices",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("DO $$ BEGIN RAISE NOTICE 'told'; END $$");
                            a.asks("SET client_min_messages = error");
                            a.asks("DO $$ BEGIN RAISE NOTICE 'told'; END $$");
                        }),
                Scene.of(
                        "a query that is no text",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says(
                                    "bytes",
                                    FakeServer.message('Q', new byte[] {'\'', (byte) 0xff, 0}));
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "who leaves politely",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(Parts.TERMINATE).hearsOut("Terminate");
                        }));
    }

    private static List<Scene> transactions() {
        return List.of(
                Scene.of(
                        "a block over several queries",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.asks("SELECT 1");
                            a.asks("COMMIT");
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "an error in a block",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.asks("SELECT 1/0");
                            a.asks("SELECT 1");
                            a.asks("COMMIT");
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "savepoints",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.asks("SAVEPOINT s");
                            a.asks("SELECT 1/0");
                            a.asks("ROLLBACK TO s");
                            a.asks("COMMIT AND CHAIN");
                            a.asks("ROLLBACK");
                        }),
                Scene.of(
                        "a query that leaves a block open",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT 1; BEGIN; SELECT 2");
                            a.asks("SELECT 1/0; SELECT 3");
                            a.asks("ROLLBACK; SELECT 4");
                        }),
                Scene.of(
                        "a block that is left open by who leaves",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("TRUNCATE log");
                            a.asks("BEGIN");
                            a.asks("INSERT INTO log VALUES (1)");
                            a.close();
                            Voice b = stage.next("b");
                            b.asks("SELECT count(*) FROM log");
                        }),
                Scene.of(
                        "a block that is left open by who says so",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("TRUNCATE log");
                            a.asks("BEGIN");
                            a.asks("INSERT INTO log VALUES (1)");
                            a.tells(Parts.TERMINATE).hearsOut("Terminate");
                            Voice b = stage.next("b");
                            b.asks("SELECT count(*) FROM log");
                        }),
                Scene.of(
                        "a failed block that is left open",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.asks("SELECT 1/0");
                            a.close();
                            stage.next("b").asks("SELECT 2");
                        }));
    }

    private static List<Scene> copying() {
        return List.of(
                Scene.of(
                        "COPY in",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("TRUNCATE log");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.says("data", copies("1\n2\n"), copies("3\n"), COPY_DONE);
                            a.saysUntil(
                                    'G', "COPY and more", query("COPY log FROM STDIN; SELECT 7"));
                            a.says("data", copies("4\n"), SYNC, FLUSH, copies("5\n"), COPY_DONE);
                            a.asks("SELECT count(*) FROM log");
                        }),
                Scene.of(
                        "COPY in, all sent at once",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("all", query("COPY log FROM STDIN"), copies("1\n"), COPY_DONE);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "COPY that its client gives up",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.says("CopyFail", copies("1\n"), copyFails("changed my mind"));
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "COPY of what is no number",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.saysUntil('E', "data", copies("1\nx\n2\n"));
                            a.hears("end");
                            a.says(
                                    "more, and a query",
                                    1,
                                    copies("3\n"),
                                    COPY_DONE,
                                    query("SELECT 1"));
                        }),
                Scene.of(
                        "a query in the middle of COPY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.says("query", query("SELECT 1"));
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "Parse in the middle of COPY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.says("Parse", RawClient.parse("", "SELECT 1"), SYNC);
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "who leaves in the middle of COPY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("TRUNCATE log");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.tells(copies("1\n"), Parts.TERMINATE).hearsOut("Terminate");
                            stage.next("b").asks("SELECT count(*) FROM log");
                        }));
    }

    private static List<Scene> copyingMore() {
        return List.of(
                Scene.of(
                        "COPY in by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", unnamed("COPY log FROM STDIN"), FLUSH);
                            a.says("data", copies("1\n"), COPY_DONE, SYNC);
                            a.saysUntil('G', "COPY", unnamed("COPY log FROM STDIN"), SYNC);
                            a.says("data behind Sync", copies("1\n"), COPY_DONE, SYNC);
                            a.saysUntil('G', "COPY", unnamed("COPY log FROM STDIN"), FLUSH);
                            a.says("CopyFail", copyFails("no"), SYNC);
                            a.says(
                                    "all",
                                    1,
                                    unnamed("COPY log FROM STDIN"),
                                    copies("9\n"),
                                    COPY_DONE,
                                    SYNC);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "COPY out",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("COPY (SELECT n FROM generate_series(1, 5) n) TO STDOUT");
                            a.asks("COPY (SELECT 1/(n-3) FROM generate_series(1, 5) n) TO STDOUT");
                            a.says("messages", unnamed("COPY (SELECT 1) TO STDOUT"), SYNC);
                            a.asks("COPY (SELECT 1) TO STDOUT; SELECT 2");
                        }));
    }

    private static List<Scene> functions() {
        byte[] write = number(0x20000);
        return List.of(
                Scene.of(
                        "large objects by function calls",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.says("lo_create", calls(715, number(77)));
                            a.says("lo_open", calls(952, number(77), write));
                            a.says("lowrite", calls(955, number(0), text("abc")));
                            a.says("lo_lseek", calls(956, number(0), number(1), number(0)));
                            a.says("loread", calls(954, number(0), number(10)));
                            a.says("lo_unlink", calls(964, number(77)));
                            a.asks("COMMIT");
                        }),
                Scene.of(
                        "a function call by itself",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("lo_unlink of nothing", calls(964, number(99)));
                            a.says("no function", calls(999_999, number(1)));
                            a.says("two", 2, calls(715, number(78)), calls(964, number(78)));
                            a.asks("SELECT 1");
                        }));
    }

    private static List<Scene> remains() {
        return List.of(
                Scene.of(
                        "PREPARE in SQL, and the next client",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("PREPARE p AS SELECT 1");
                            a.asks("EXECUTE p");
                            a.close();
                            stage.next("b").asks("EXECUTE p");
                        }),
                Scene.of(
                        "PREPARE and DEALLOCATE in SQL",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("PREPARE p AS SELECT 1");
                            a.asks("DEALLOCATE p");
                            a.asks("DEALLOCATE p");
                            a.asks("DEALLOCATE ALL");
                            a.asks("EXECUTE p");
                        }),
                Scene.of(
                        "a temporary table, and the next client",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("CREATE TEMP TABLE t (n int)");
                            a.asks("INSERT INTO t VALUES (1)");
                            a.close();
                            stage.next("b").asks("SELECT n + 1 FROM t");
                        }),
                Scene.of(
                        "DISCARD ALL",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SET application_name = 'x'");
                            a.asks("DISCARD ALL");
                            a.asks("SHOW application_name");
                            if (stage.blocks()) {
                                a.asks("BEGIN; DISCARD ALL; COMMIT");
                                a.asks("SELECT 1");
                            }
                        }),
                Scene.of(
                        "a lock and a cursor, and the next client",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("DECLARE c CURSOR WITH HOLD FOR SELECT 7");
                            a.asks("FETCH c");
                            a.close();
                            stage.next("b").asks("FETCH c");
                        }),
                Scene.of(
                        "LISTEN and NOTIFY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("LISTEN chan_" + stage.database());
                            a.asks("NOTIFY chan_" + stage.database() + ", 'own'");
                            a.asks("SELECT 1");
                            a.asks("UNLISTEN *");
                            a.asks("NOTIFY chan_" + stage.database() + ", 'unheard'");
                            a.asks("SELECT 2");
                        }));
    }
}

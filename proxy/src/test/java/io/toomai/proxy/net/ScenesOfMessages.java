package io.toomai.proxy.net;

import static io.toomai.proxy.net.Parts.FLUSH;
import static io.toomai.proxy.net.Parts.SYNC;
import static io.toomai.proxy.net.Parts.bindTo;
import static io.toomai.proxy.net.Parts.closes;
import static io.toomai.proxy.net.Parts.executeRows;
import static io.toomai.proxy.net.Parts.portal;
import static io.toomai.proxy.net.Parts.statement;
import static io.toomai.proxy.net.Parts.unnamed;
import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;

import java.util.List;
import java.util.stream.Stream;

/// Statements and portals by messages, in pipelines and over transactions.
final class ScenesOfMessages {
    private static final String FIVE = "SELECT n FROM generate_series(1, 5) n";

    private ScenesOfMessages() {}

    static Stream<Scene> all() {
        return Stream.of(
                        statements(),
                        names(),
                        forgetting(),
                        pipelines(),
                        syncs(),
                        portals(),
                        passing())
                .flatMap(List::stream);
    }

    private static List<Scene> statements() {
        return List.of(
                Scene.of(
                        "an unnamed statement",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("all", unnamed("SELECT 1"), SYNC);
                            a.says("described", parse("", "SELECT 1"), statement(""), SYNC);
                            a.says("empty", unnamed(""), SYNC);
                            a.says("wrong", unnamed("SELEC"), SYNC);
                            a.says("two in one", unnamed("SELECT 1; SELECT 2"), SYNC);
                        }),
                Scene.of(
                        "an unnamed statement over Sync",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("", "SELECT 'a'"), SYNC);
                            a.says("Bind", bind(""), execute(), SYNC);
                        }),
                Scene.of(
                        "an unnamed statement over a simple query",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("", "SELECT 'a'"), SYNC);
                            a.asks("SELECT 'simple'");
                            a.says("Bind after a simple query", bind(""), execute(), SYNC);
                        }),
                Scene.of(
                        "a named statement over transactions",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 'a'"), statement("s"), SYNC);
                            a.says("Bind", bind("s"), portal(""), execute(), SYNC);
                            a.asks("SELECT 'simple'");
                            a.says("Bind", bind("s"), execute(), SYNC);
                            a.says("Close", closes('S', "s"), SYNC);
                            a.says("Parse", parse("s", "SELECT 'b'"), SYNC);
                            a.says("Bind", bind("s"), execute(), bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "a name for each of two clients",
                        stage -> {
                            if (stage.shares()) {
                                Voice a = stage.enters("a");
                                Voice b = stage.enters("b");
                                a.says("Parse", parse("s", "SELECT 'a'"), SYNC);
                                b.says("Parse", parse("s", "SELECT 'b'"), SYNC);
                                a.says("Bind", bind("s"), execute(), SYNC);
                                b.says("Bind", bind("s"), execute(), SYNC);
                                a.close();
                                b.says("Bind", bind("s"), execute(), SYNC);
                            }
                        }),
                Scene.of(
                        "a statement that takes parameters",
                        stage -> {
                            Voice a = stage.enters("a");
                            byte[] seven = RawClient.message('B', "\0s\0\0\0\0\1\0\0\0\0017\0\0");
                            a.says("Parse", parse("s", "SELECT $1::int + 1"), statement("s"), SYNC);
                            a.says("Bind", seven, portal(""), execute(), SYNC);
                            a.says("too few", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "a table that changes beneath a statement",
                        stage -> {
                            stage.sql("DROP TABLE IF EXISTS beneath; CREATE TABLE beneath (n int)");
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT b.*, 1 + n FROM beneath b"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                            a.asks("ALTER TABLE beneath ADD m int");
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }));
    }

    private static List<Scene> names() {
        return List.of(
                Scene.of(
                        "a name given twice",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 'a'"), SYNC);
                            a.says("Parse", parse("s", "SELECT 'b'"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "a name that is missing, bound",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Bind", bind("none"), execute(), SYNC);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "a name that is missing, described",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Describe", statement("none"), SYNC);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "a name that is missing, closed",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Close", closes('S', "none"), closes('P', "none"), SYNC);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "a name whose Parse failed",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELEC"), SYNC);
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "a statement whose Parse failed, bound",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELEC"), bind("s"), execute(), SYNC);
                            a.asks("SELECT 1");
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "EXECUTE in SQL of a statement by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.asks("EXECUTE s");
                        }),
                Scene.of(
                        "Bind of a statement by PREPARE",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("PREPARE p AS SELECT 1");
                            a.says("Bind", bind("p"), execute(), SYNC);
                        }));
    }

    private static List<Scene> forgetting() {
        return List.of(
                Scene.of(
                        "DEALLOCATE of a statement by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.asks("DEALLOCATE s");
                            a.says("Parse", parse("s", "SELECT 2"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "DEALLOCATE ALL, then the same names",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.asks("DEALLOCATE ALL");
                            a.says("Parse", parse("s", "SELECT 2"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                            a.asks("DISCARD ALL");
                            a.says("Parse", parse("s", "SELECT 3"), bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "DEALLOCATE ALL, then a name from before",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.asks("DEALLOCATE ALL");
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.of(
                        "DEALLOCATE ALL in a pipeline",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.says("all", unnamed("DEALLOCATE ALL"), parse("s", "SELECT 2"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.with(
                        "max_prepared_statements = 0",
                        "no place for statements",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                            a.says("twice", parse("s", "SELECT 1"), SYNC);
                            a.says("missing", bind("none"), SYNC);
                            a.close();
                            stage.next("b").says("Bind", bind("s"), execute(), SYNC);
                        }),
                Scene.with(
                        "max_prepared_statements = 1",
                        "a place for one statement",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Parse", parse("s", "SELECT 1"), parse("t", "SELECT 2"), SYNC);
                            a.says("Bind", bind("s"), execute(), bind("t"), execute(), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }));
    }

    private static List<Scene> pipelines() {
        return List.of(
                Scene.of(
                        "an error in the middle of a pipeline",
                        stage -> {
                            Voice a = stage.enters("a");
                            byte[] five =
                                    Dialogue.join(
                                            unnamed("SELECT 1"),
                                            unnamed("SELECT 1/0"),
                                            parse("late", "SELECT 3"),
                                            bind("late"),
                                            execute(),
                                            SYNC);
                            a.says("batch", five);
                            a.says("two", 2, five, query("SELECT 'after'"));
                            a.says("was never prepared", parse("late", "SELECT 4"), SYNC);
                            a.says("Bind", bind("late"), execute(), SYNC);
                        }),
                Scene.of(
                        "several Syncs sent together",
                        stage -> {
                            Voice a = stage.enters("a");
                            byte[] fails = unnamed("SELECT 1/0");
                            a.says("three", 3, unnamed("SELECT 1"), SYNC, fails, SYNC, SYNC);
                            a.says(
                                    "mixed",
                                    3,
                                    query("SELECT 1"),
                                    unnamed("SELECT 2"),
                                    SYNC,
                                    query("x"));
                        }),
                Scene.of(
                        "a simple query instead of Sync",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("query", unnamed("SELECT 1"), query("SELECT 2"));
                            a.says("Sync", SYNC);
                        }));
    }

    private static List<Scene> syncs() {
        return List.of(
                Scene.of(
                        "Sync alone",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Sync", SYNC);
                            a.says("Flush and Sync", FLUSH, SYNC);
                            a.says("three", 3, SYNC, SYNC, SYNC);
                        }),
                Scene.of(
                        "Flush, and nothing more of a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('1', "Parse", parse("s", "SELECT 1"), FLUSH);
                            a.saysUntil('2', "Bind", bind("s"), FLUSH);
                            a.saysUntil('C', "Execute", execute(), FLUSH);
                            a.says("Sync", SYNC);
                            a.saysUntil('E', "wrong", unnamed("SELEC"), FLUSH);
                            a.says("Sync", unnamed("SELECT 1"), SYNC);
                        }),
                Scene.of(
                        "BEGIN and COMMIT in a pipeline",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says(
                                    "all",
                                    unnamed("BEGIN"),
                                    unnamed("SELECT 1"),
                                    unnamed("COMMIT"),
                                    SYNC);
                            a.asks("SELECT 1");
                        }),
                Scene.of(
                        "a block by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("BEGIN", unnamed("BEGIN"), SYNC);
                            a.says("error", unnamed("SELECT 1/0"), SYNC);
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.says("ROLLBACK", unnamed("ROLLBACK"), SYNC);
                            a.says("Parse", parse("s", "SELECT 1"), SYNC);
                            a.says("Bind", bind("s"), execute(), SYNC);
                        }));
    }

    private static List<Scene> portals() {
        return List.of(
                Scene.of(
                        "a portal by portions",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil(
                                    's',
                                    "two",
                                    parse("", FIVE),
                                    bind(""),
                                    executeRows("", 2),
                                    FLUSH);
                            a.saysUntil('s', "two more", executeRows("", 2), FLUSH);
                            a.saysUntil('C', "the last", executeRows("", 2), FLUSH);
                            a.says("Sync", closes('P', ""), SYNC);
                            a.says("too late", executeRows("", 2), SYNC);
                        }),
                Scene.of(
                        "a portal with a name, in a block",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.says("three", parse("", FIVE), bindTo("p", ""), portal("p"), SYNC);
                            a.says("rows", executeRows("p", 3), SYNC);
                            a.says("twice", bindTo("p", ""), SYNC);
                            a.asks("ROLLBACK");
                            a.says("too late", executeRows("p", 1), SYNC);
                        }),
                Scene.of(
                        "Execute of nothing",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Execute", execute(), SYNC);
                            a.says("Describe", portal("none"), SYNC);
                            a.says("Close", closes('P', "none"), SYNC);
                        }));
    }

    private static List<Scene> passing() {
        return List.of(
                Scene.of(
                        "who leaves before Sync",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('C', "Flush", unnamed("SELECT 1"), FLUSH);
                            a.tells(Parts.TERMINATE).hearsOut("Terminate");
                            stage.next("b").asks("SELECT 2");
                        }),
                Scene.with(
                        "disable_pqexec = 1",
                        "no simple queries",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("messages", unnamed("SELECT 1"), SYNC);
                            a.asks("SELECT 2");
                        }),
                Scene.with(
                        "max_packet_size = 20000",
                        "a message that is too large",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT '" + "x".repeat(15_000) + "'");
                            a.asks("SELECT '" + "x".repeat(25_000) + "'");
                        }),
                Scene.with(
                        "max_packet_size = 20000",
                        "a large row",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SELECT repeat('x', 25000)");
                            a.asks("SELECT 1");
                        }));
    }
}

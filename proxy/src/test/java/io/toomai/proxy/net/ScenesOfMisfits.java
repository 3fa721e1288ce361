package io.toomai.proxy.net;

import static io.toomai.proxy.net.Parts.COPY_DONE;
import static io.toomai.proxy.net.Parts.FLUSH;
import static io.toomai.proxy.net.Parts.SYNC;
import static io.toomai.proxy.net.Parts.copies;
import static io.toomai.proxy.net.Parts.copyFails;
import static io.toomai.proxy.net.Parts.unnamed;
import static io.toomai.proxy.net.RawClient.message;
import static io.toomai.proxy.net.RawClient.query;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Messages that are none, that are cut short, or that come when nobody waits for them.
final class ScenesOfMisfits {
    private ScenesOfMisfits() {}

    static Stream<Scene> all() {
        return Stream.of(idle(), inBlock(), underWay(), cut(), content()).flatMap(List::stream);
    }

    private static Scene idle(String what, byte[] message) {
        return Scene.of(
                what + ", idle",
                stage -> {
                    Voice a = stage.enters("a");
                    a.says(what, message, query("SELECT 1"));
                });
    }

    private static List<Scene> idle() {
        return List.of(
                idle("an unknown type", message('z', "x")),
                idle("a type of a server's", message('T', "x")),
                idle("a password", message('p', "secret\0")),
                idle("CopyData", copies("1\n")),
                idle("CopyDone", COPY_DONE),
                idle("CopyFail", copyFails("no")),
                idle("Flush", FLUSH),
                idle("NUL as a type", message('\0', "x")),
                idle("a first packet", RawClient.start("postgres")),
                idle("SSLRequest", RawClient.SSL),
                idle("HTTP", Parts.text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    }

    private static List<Scene> inBlock() {
        return Stream.of(
                        Scene.of(
                                "an unknown type in a block",
                                stage -> {
                                    Voice a = stage.enters("a");
                                    a.asks("BEGIN");
                                    a.says("z", message('z', "x"), query("SELECT 1"));
                                    stage.next("b").asks("SELECT 2");
                                }),
                        Scene.of(
                                "CopyData in a block",
                                stage -> {
                                    Voice a = stage.enters("a");
                                    a.asks("BEGIN");
                                    a.says("d", copies("1\n"), COPY_DONE, query("SELECT 1"));
                                    a.asks("ROLLBACK");
                                }),
                        Scene.of(
                                "an unknown type in a failed block",
                                stage -> {
                                    Voice a = stage.enters("a");
                                    a.asks("BEGIN");
                                    a.asks("SELECT 1/0");
                                    a.says("z", message('z', "x"), query("SELECT 1"));
                                }))
                .toList();
    }

    private static List<Scene> underWay() {
        return List.of(
                Scene.of(
                        "an unknown type in COPY",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.saysUntil('G', "COPY", query("COPY log FROM STDIN"));
                            a.says("z", message('z', "x"), query("SELECT 1"));
                        }),
                Scene.of(
                        "Terminate in a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(unnamed("SELECT 1"), Parts.TERMINATE, SYNC).hearsOut("all");
                            stage.next("b").asks("SELECT 2");
                        }),
                Scene.of(
                        "an unknown type in a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("z", unnamed("SELECT 1"), message('z', "x"), SYNC);
                            stage.next("b").asks("SELECT 2");
                        }),
                Scene.of(
                        "an unknown type behind an error",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("z", unnamed("SELECT 1/0"), message('z', "x"), SYNC);
                            stage.next("b").asks("SELECT 2");
                        }),
                Scene.of(
                        "CopyDone in a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("c", unnamed("SELECT 1"), COPY_DONE, copyFails("no"), SYNC);
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "a password in a batch",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("p", unnamed("SELECT 1"), message('p', "x\0"), SYNC);
                        }));
    }

    private static Scene length(int length) {
        return Scene.of(
                "a length of " + length,
                stage -> {
                    Voice a = stage.enters("a");
                    byte[] head = Dialogue.join(new byte[] {'Q'}, Parts.number(length));
                    a.tells(head, query("SELECT 1")).hearsOut("header");
                    stage.next("b").asks("SELECT 2");
                });
    }

    private static List<Scene> cut() {
        List<Scene> all = new ArrayList<>();
        for (int length : List.of(-1, 0, 3, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            all.add(length(length));
        }
        all.add(
                Scene.of(
                        "half a query, and gone",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.tells(new byte[] {'Q', 0, 0, 1, 0, 'S'});
                            a.close();
                            stage.next("b").asks("SELECT 2");
                        }));
        all.add(
                Scene.of(
                        "half a message in a block, and gone",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN");
                            a.tells(new byte[] {'P', 0, 0, 1, 0, 'S'});
                            a.close();
                            stage.next("b").asks("SELECT 2");
                        }));
        return all;
    }

    private static Scene content(String what, byte[] message) {
        return Scene.of(
                what,
                stage -> {
                    Voice a = stage.enters("a");
                    a.says(what, message, SYNC);
                    a.asks("SELECT 1");
                });
    }

    private static List<Scene> content() {
        return List.of(
                Scene.of(
                        "a query without an end",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Q", message('Q', "SELECT 1"));
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "a query with more behind its end",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Q", message('Q', "SELECT 1\0SELECT 2\0"));
                            a.asks("SELECT 2");
                        }),
                Scene.of(
                        "an empty message for a query",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("Q", message('Q', ""));
                            a.asks("SELECT 2");
                        }),
                content("Parse without an end", message('P', "s\0SELECT 1")),
                content("Parse without types", message('P', "s\0SELECT 1\0")),
                content("Parse of too few types", message('P', "s\0SELECT 1\0\0\7")),
                content("an empty Parse", message('P', "")),
                content("Bind without an end", message('B', "\0none")),
                content("Bind that is cut", message('B', "\0\0\0\1")),
                content("Describe of an unknown kind", message('D', "Xs\0")),
                content("Describe without a name", message('D', "S")),
                content("Close of an unknown kind", message('C', "Xs\0")),
                content("an empty Close", message('C', "")),
                content("Execute that is cut", message('E', "\0\0")),
                content("Sync with a body", message('S', "body")),
                content("Flush with a body", message('H', "body")),
                content("a function call that is cut", message('F', "\0\0")));
    }
}

package io.toomai.proxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A client sees the same through the relay as from one server of its own, whichever servers its
/// transactions get and however the bytes are cut.
class RelayTest {
    private static final int WORLDS = 20_000;

    record Case(String name, List<Script> reads) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case scene(String name, Script... reads) {
        return new Case(name, List.of(reads));
    }

    static List<Case> cases() {
        Script one = new Script().parse("s", "select 1").bind("", "s").execute("").sync();
        Script again = new Script().bind("", "s").describePortal("").execute("").sync();
        return List.of(
                scene("simple", new Script().query("select 1"), new Script().query("fail")),
                scene("several in one query", new Script().query("select 1;fail;select 2")),
                scene("empty query", new Script().query("")),
                scene("prepared, then used elsewhere", one, again, again, again),
                scene(
                        "12: an error in a pipeline",
                        one,
                        new Script()
                                .bind("", "s")
                                .execute("")
                                .parse("t", "fail")
                                .bind("", "t")
                                .execute("")
                                .parse("u", "select 3")
                                .closeStatement("s")
                                .sync(),
                        new Script().describeStatement("t").sync(),
                        new Script().describeStatement("u").sync(),
                        again),
                scene("13: several Syncs", new Script().sync().sync().query("select 1").sync()),
                scene(
                        "16: a name twice",
                        one,
                        new Script().parse("s", "select 2").sync(),
                        again,
                        new Script().query("begin"),
                        new Script().parse("s", "select 3").bind("", "s").sync(),
                        again,
                        new Script().query("rollback"),
                        again),
                scene(
                        "16: a name that is missing",
                        new Script().bind("", "x").execute("").sync(),
                        new Script().describeStatement("x").sync(),
                        one),
                scene(
                        "18: unnamed, bound in a later transaction",
                        new Script().parse("", "select 7").describeStatement("").sync(),
                        new Script().bind("", "").execute("").sync(),
                        new Script().describeStatement("").sync()),
                scene(
                        "18: unnamed, dropped by a Parse that fails",
                        new Script().parse("", "select 7").sync(),
                        new Script().parse("", "bad").sync(),
                        new Script().bind("", "").execute("").sync(),
                        new Script().parse("", "select 8").sync(),
                        new Script().parse("", "bad").sync().bind("", "").execute("").sync(),
                        new Script().parse("", "select 9").sync(),
                        new Script().parse("", "bad").parse("", "select 1").sync(),
                        new Script().describeStatement("").sync()),
                scene(
                        "18: unnamed, and still there: neither Parse nor query was got to",
                        new Script().parse("", "select 7").sync(),
                        new Script().parse("s", "bad").parse("", "bad").sync(),
                        new Script().bind("", "").execute("").sync(),
                        new Script().parse("s", "bad").query("select 1").sync(),
                        new Script().bind("", "").execute("").sync()),
                scene(
                        "20: forgotten in a pipeline, then prepared again",
                        one,
                        new Script()
                                .parse("", "deallocate all")
                                .bind("", "")
                                .execute("")
                                .parse("s", "select 2")
                                .bind("", "s")
                                .execute("")
                                .sync(),
                        again,
                        new Script().query("discard all"),
                        again,
                        one),
                scene(
                        "20: one is deallocated by its name, as some drivers do",
                        one,
                        new Script().query(" DEALLOCATE Prepare S "),
                        again,
                        one,
                        new Script().parse("", "deallocate \"s\"").bind("", "").execute("").sync(),
                        again,
                        one,
                        new Script().query("begin"),
                        new Script().query("deallocate s"),
                        new Script().query("rollback"),
                        again,
                        new Script().query("deallocate missing")),
                scene(
                        "20: one is not deallocated, the transaction had failed",
                        one,
                        new Script().query("begin"),
                        new Script().query("fail"),
                        new Script().query("deallocate s"),
                        new Script().query("rollback"),
                        again),
                scene(
                        "20: not forgotten, the transaction had failed",
                        one,
                        new Script().query("begin"),
                        new Script().query("fail"),
                        new Script().query("deallocate all"),
                        new Script().query("rollback"),
                        again),
                scene(
                        "closed, and prepared anew",
                        one,
                        new Script().closeStatement("s").parse("s", "select 2").sync(),
                        again,
                        new Script().closeStatement("nothing").sync()),
                scene(
                        "closed and prepared anew behind an error: neither happens",
                        one,
                        new Script()
                                .parse("", "bad")
                                .closeStatement("s")
                                .parse("s", "select 2")
                                .sync(),
                        again),
                scene(
                        "a transaction",
                        new Script().query("begin"),
                        one,
                        new Script().query("fail"),
                        new Script().parse("t", "select 2").sync(),
                        again,
                        new Script().query("rollback"),
                        again,
                        new Script().bind("", "t").execute("").sync()));
    }

    static List<Case> copies() {
        Script one = new Script().parse("s", "select 1").bind("", "s").execute("").sync();
        Script copy = new Script().parse("", "copy").bind("", "").execute("").sync();
        Script named = new Script().parse("c", "copy").sync();
        Script use = new Script().bind("", "c").execute("").sync();
        Script refused = new Script().parse("", "copy and fail").bind("", "").execute("").sync();
        Script twice = new Script().parse("t", "copy").bind("", "t").execute("").sync().sync();
        Script bad = new Script().copyData("bad");
        Script done = new Script().copyDone().sync();
        Script fail = new Script().copyFail().sync();
        Script row = new Script().copyData("1").sync();
        Script blind =
                new Script()
                        .parse("", "copy")
                        .bind("", "")
                        .execute("")
                        .copyData("1")
                        .copyDone()
                        .sync();
        Script goesOn = new Script().copyDone().parse("", "select 9").bind("", "").sync();
        return List.of(
                scene("it succeeds", copy, new Script().copyData("1"), done, one),
                scene("it is given up", named, use, new Script().copyData("1"), fail, one),
                scene("bad data", copy, bad, done, one),
                scene("bad data, then given up", copy, bad, bad, fail, one),
                scene("bad data by a named statement", named, use, bad, done, use, bad, fail, one),
                scene("bad data, then more of the pipeline", copy, bad, goesOn, one),
                scene("bad data behind two Syncs", twice, bad, done, one),
                scene("refused", refused, one),
                scene("refused, but the end is on its way", refused, bad, done, one),
                scene("refused, then given up", refused, fail, one),
                scene(
                        "in a block",
                        new Script().query("begin"),
                        named,
                        use,
                        bad,
                        done,
                        one,
                        new Script().query("rollback"),
                        one),
                scene("by a query", new Script().query("copy"), bad, new Script().copyDone(), one),
                scene("Syncs in the middle", copy, row.sync().sync(), done, one),
                scene("nothing is waited for", blind, one, blind, one));
    }

    /// Whether a server that fails in COPY FROM has read the client's Sync nobody tells.
    @ParameterizedTest
    @MethodSource("copies")
    void edge27CopyThatFailsLooksTheSame(Case scene) {
        aClientSeesTheSameHoweverBytesAreCut(scene);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aClientSeesTheSameHoweverBytesAreCut(Case scene) {
        ByteBuf direct = direct(scene.reads());
        for (int servers = 1; servers <= 2; servers++) {
            for (int room : new int[] {1, 2, 200}) {
                for (int piece : new int[] {1, 2, 3, 7, 4096}) {
                    int[] next = {0};
                    try (Session session = new Session(servers, room, count -> next[0]++ % count)) {
                        for (Script read : scene.reads()) {
                            inPieces(read.bytes(), piece, part -> session.read(part, piece));
                        }
                        assertSame(session.seen(), direct, servers + " " + room + " " + piece);
                        assertThat(session.isLinked()).isFalse();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aClientSeesTheSameWhereverOneReadIsCut(Case scene) {
        ByteBuf direct = direct(scene.reads());
        byte[] all = joined(scene.reads());
        if (cutAnywhereIsTheSame(scene)) {
            for (int cut = 0; cut <= all.length; cut++) {
                int[] next = {0};
                try (Session session = new Session(2, 200, count -> next[0]++ % count)) {
                    session.read(Arrays.copyOf(all, cut), 4096);
                    session.read(Arrays.copyOfRange(all, cut, all.length), 4096);
                    assertSame(session.seen(), direct, "cut at " + cut);
                }
            }
        }
    }

    /// All in one go a proxy cannot know that a transaction has failed when it makes an answer.
    private static boolean cutAnywhereIsTheSame(Case scene) {
        return !scene.name().equals("a transaction")
                && !scene.name().startsWith("16: a name twice")
                && !scene.name().startsWith("20: one is");
    }

    @Test
    void randomSessionsSeeTheSame() {
        for (int seed = 0; seed < WORLDS; seed++) {
            Random random = new Random(seed);
            List<Script> reads = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                reads.add(randomRead(random));
            }
            int piece = 1 + random.nextInt(40);
            try (Session session =
                    new Session(1 + random.nextInt(3), 1 + random.nextInt(4), random::nextInt)) {
                for (Script read : reads) {
                    inPieces(read.bytes(), piece, part -> session.read(part, piece));
                }
                assertSame(session.seen(), direct(reads), "seed " + seed);
            }
        }
    }

    static List<Case> forgotten() {
        return List.of(
                scene(
                        "one that was prepared by SQL",
                        new Script().query("prepare mine"),
                        new Script().query("deallocate mine")),
                scene(
                        "one that was prepared by SQL, by messages",
                        new Script().query("prepare mine"),
                        new Script().parse("", "deallocate mine").bind("", "").execute("").sync()),
                scene(
                        "one that was prepared by SQL, in words that hide it",
                        new Script().query("prepare mine"),
                        new Script().query("/* x */deallocate mine")),
                scene("one that is missing", new Script().query("deallocate missing")),
                scene("no statements", new Script().query("discard plans")),
                scene(
                        "all, and it failed",
                        new Script().query("begin"),
                        new Script().query("fail"),
                        new Script().query("deallocate all"),
                        new Script().query("rollback")),
                scene(
                        "one, and closing the others fails",
                        new Script().query("discard plans"),
                        new Script().parse("x", "bad").parse("y", "select y").sync()),
                scene(
                        "one in a pipeline that fails behind it",
                        new Script()
                                .parse("", "discard plans")
                                .bind("", "")
                                .execute("")
                                .bind("", "s1")
                                .parse("", "bad")
                                .sync()));
    }

    /// What a server may have forgotten is closed there before it is prepared again: it keeps no
    /// more than it may, however often that happens.
    @ParameterizedTest
    @MethodSource("forgotten")
    void edge20NothingIsLeftOnAServerThatNobodyKnows(Case scene) {
        Script prepares = new Script();
        Script uses = new Script();
        for (int i = 0; i < 5; i++) {
            prepares.parse("s" + i, "select " + i);
            uses.bind("", "s" + i).execute("");
        }
        List<Script> reads = new ArrayList<>(List.of(prepares.sync()));
        for (int i = 0; i < 20; i++) {
            reads.addAll(scene.reads());
            reads.add(uses.sync());
        }
        try (Session session = new Session(1, 6, _ -> 0)) {
            reads.forEach(each -> session.read(each.bytes(), 4096));
            assertSame(session.seen(), direct(reads), scene.name());
            assertThat(session.prepared()).isLessThanOrEqualTo(7);
        }
    }

    private static Script use(String name) {
        return new Script().bind("", name).describePortal("").execute("").sync();
    }

    static List<Case> outdated() {
        Script one = new Script().parse("s", "select 1").bind("", "s").execute("").sync();
        Script alter = new Script().query("alter");
        return List.of(
                scene("used", one, alter, use("s"), use("s"), alter, use("s")),
                scene(
                        "described",
                        one,
                        alter,
                        new Script().describeStatement("s").sync(),
                        use("s")),
                scene(
                        "described and used in one",
                        one,
                        alter,
                        new Script()
                                .describeStatement("s")
                                .bind("", "s")
                                .execute("")
                                .closeStatement("s")
                                .parse("s", "select 2")
                                .sync(),
                        use("s")),
                scene(
                        "prepared under another name, which the server has under an old one",
                        one,
                        alter,
                        new Script().parse("t", "select 1").bind("", "t").execute("").sync()),
                scene(
                        "an error behind",
                        one,
                        alter,
                        new Script()
                                .bind("", "s")
                                .describePortal("")
                                .execute("")
                                .parse("f", "bad")
                                .sync(),
                        use("s")),
                scene(
                        "forgotten behind",
                        one,
                        alter,
                        use("s"),
                        new Script().query("deallocate all"),
                        one));
    }

    /// Edge 21: outside a transaction a client never sees that a statement is out of date, and
    /// nothing is done twice.
    @ParameterizedTest
    @MethodSource("outdated")
    void edge21OutdatedStatementsArePreparedAnew(Case scene) {
        FakePostgres.Catalog catalog = new FakePostgres.Catalog();
        ByteBuf wished = wished(scene.reads(), catalog);
        for (int servers = 1; servers <= 2; servers++) {
            for (int piece : new int[] {1, 2, 3, 7, 4096}) {
                int[] next = {0};
                try (Session session = new Session(servers, 200, count -> next[0]++ % count)) {
                    for (Script read : scene.reads()) {
                        inPieces(read.bytes(), piece, part -> session.read(part, piece));
                    }
                    assertSame(session.seen(), wished, servers + " " + piece);
                    assertThat(session.executed()).isEqualTo(catalog.executed);
                    assertThat(session.isLinked()).isFalse();
                }
            }
        }
    }

    @Test
    void edge21RandomSessionsNeverSeeThatAStatementIsOutOfDate() {
        for (int seed = 0; seed < WORLDS / 2; seed++) {
            Random random = new Random(seed);
            List<Script> reads = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                reads.add(randomUse(random));
            }
            FakePostgres.Catalog catalog = new FakePostgres.Catalog();
            ByteBuf wished = wished(reads, catalog);
            int piece = 1 + random.nextInt(40);
            try (Session session =
                    new Session(1 + random.nextInt(3), 1 + random.nextInt(4), random::nextInt)) {
                for (Script read : reads) {
                    inPieces(read.bytes(), piece, part -> session.read(part, piece));
                }
                assertSame(session.seen(), wished, "seed " + seed);
                assertThat(session.executed()).as("seed " + seed).isEqualTo(catalog.executed);
            }
        }
    }

    private static Script randomUse(Random random) {
        Script script = new Script();
        if (random.nextInt(3) == 0) {
            return script.query(
                    any(List.of("alter", "alter", "select 9", "fail", "deallocate all"), random));
        }
        if (random.nextInt(3) == 0) {
            script.parse(any(List.of("a", "b", "c"), random), any(TEXTS, random));
        }
        if (random.nextInt(4) == 0) {
            script.describeStatement(any(List.of("a", "b", "c"), random));
        }
        if (random.nextInt(4) > 0) {
            script.bind("", any(List.of("a", "b", "c"), random)).describePortal("").execute("");
        }
        if (random.nextInt(4) == 0) {
            script.closeStatement(any(List.of("a", "b", "c"), random));
        }
        return script.sync();
    }

    private static ByteBuf wished(List<Script> reads, FakePostgres.Catalog catalog) {
        FakePostgres server = new FakePostgres(catalog, FakePostgres.Plans.ARE_MADE_ANEW);
        ByteBuf seen = Unpooled.buffer();
        for (Script read : reads) {
            seen.writeBytes(server.feed(Unpooled.wrappedBuffer(read.bytes())));
        }
        return seen;
    }

    /// In a transaction the client hears of it, as it would without a proxy; and where something
    /// was executed before, in the same pipeline.
    @Test
    void edge21WhatMayHaveDoneSomethingIsNotSentAgain() {
        Script one = new Script().parse("s", "select 1").bind("", "s").execute("").sync();
        for (List<Script> reads :
                List.of(
                        List.of(
                                one,
                                new Script().query("begin"),
                                new Script().query("alter"),
                                use("s"),
                                new Script().query("rollback"),
                                use("s")),
                        List.of(
                                one,
                                new Script()
                                        .parse("", "alter")
                                        .bind("", "")
                                        .execute("")
                                        .bind("", "s")
                                        .execute("")
                                        .sync(),
                                use("s")))) {
            try (Session session = new Session(1, 200, count -> 0)) {
                for (Script read : reads) {
                    session.read(read.bytes(), 4096);
                }
                String seen = messages(session.seen());
                assertThat(seen.split("C0A000", -1)).hasSize(2);
                assertThat(seen).as("prepared anew afterwards").endsWith("C SELECT 1|\nZ I\n");
                assertThat(session.executed().stream().filter("alter"::equals)).hasSize(1);
            }
        }
    }

    private static final List<String> NAMES = List.of("", "a", "b", "c");
    private static final List<String> TEXTS =
            List.of("select 1", "select 2", "select 3", "fail", "bad");
    private static final List<String> QUERIES =
            List.of("select 1", "fail", "begin", "rollback", "deallocate all");

    private static Script randomRead(Random random) {
        Script script = new Script();
        if (random.nextInt(4) == 0) {
            return script.query(any(QUERIES, random));
        }
        int length = 1 + random.nextInt(6);
        for (int i = 0; i < length; i++) {
            String name = any(NAMES, random);
            switch (random.nextInt(6)) {
                case 0 -> script.parse(name, any(TEXTS, random));
                case 1, 2 -> script.bind("", name).execute("");
                case 3 -> script.describeStatement(name);
                case 4 -> script.closeStatement(name.isEmpty() ? "a" : name);
                default -> script.bind("", name).describePortal("").execute("");
            }
        }
        return script.sync();
    }

    private static String any(List<String> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    private static ByteBuf direct(List<Script> reads) {
        FakePostgres server = new FakePostgres();
        ByteBuf seen = Unpooled.buffer();
        for (Script read : reads) {
            seen.writeBytes(server.feed(Unpooled.wrappedBuffer(read.bytes())));
        }
        return seen;
    }

    private static byte[] joined(List<Script> reads) {
        ByteBuf all = Unpooled.buffer();
        reads.forEach(read -> all.writeBytes(read.bytes()));
        return ByteBufUtil.getBytes(all);
    }

    private interface Reader {
        void read(byte[] part);
    }

    private static void inPieces(byte[] bytes, int piece, Reader reader) {
        for (int at = 0; at < bytes.length; at += piece) {
            reader.read(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece)));
        }
    }

    private static void assertSame(ByteBuf seen, ByteBuf direct, String where) {
        assertThat(messages(seen)).as(where).isEqualTo(messages(direct));
    }

    /// One message a line.
    private static String messages(ByteBuf all) {
        StringBuilder lines = new StringBuilder();
        ByteBuf in = all.duplicate();
        while (in.isReadable()) {
            lines.append((char) in.readByte()).append(' ');
            lines.append(
                    in.readCharSequence(in.readInt() - 4, UTF_8).toString().replace('\0', '|'));
            lines.append('\n');
        }
        return lines.toString();
    }

    private static final ServerStream.Notes NOTHING_NOTED = new NothingNoted() {};

    /// A peer that sends what cannot be costs no memory: its buffer is given back, also what had
    /// come of the message before.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void whatCannotBeIsGivenBack(int early) {
        byte[] absurd = {'Q', 0, 0, 0, 3};
        ByteBuf rest = Unpooled.buffer().writeBytes(absurd, early, absurd.length - early);
        Output nowhere = new Output(UnpooledByteBufAllocator.DEFAULT);
        ClientStream client = new ClientStream(new Statements.AsTheyAre(), nowhere);
        ServerSide side = new ServerSide(1);
        client.link(side);
        client.feed(Unpooled.buffer().writeBytes(absurd, 0, early), nowhere);
        assertThatThrownBy(() -> client.feed(rest, nowhere)).isInstanceOf(ProtocolViolation.class);
        assertThat(rest.refCnt()).isZero();
        ByteBuf strange = Unpooled.buffer().writeBytes(new byte[] {'?', 0, 0, 0, 4});
        ServerStream server = new ServerStream(side, NOTHING_NOTED);
        assertThatThrownBy(() -> server.feed(strange, client, nowhere))
                .isInstanceOf(ProtocolViolation.class);
        assertThat(strange.refCnt()).isZero();
    }
}

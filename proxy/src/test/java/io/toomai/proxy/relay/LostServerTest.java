package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.toomai.proxy.relay.ClientStream.Want;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client hears when its server dies in each state (proxy.md §4.1, 33 and 41).
class LostServerTest implements NothingNoted {
    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private ClientStream client =
            new ClientStream(new Statements.Shared(new StatementTable(10)), toClient);
    private final ServerSide side = new ServerSide(10);
    private final ServerStream server = new ServerStream(side, this);
    private boolean listensApart;

    LostServerTest() {
        server.keepLastWords();
        client.link(side);
    }

    @Override
    public boolean listensApart() {
        return listensApart;
    }

    @AfterEach
    void release() {
        toServer.release();
        toClient.release();
        client.release();
        server.release();
    }

    private void becomes(Statements statements) {
        client.release();
        client = new ClientStream(statements, toClient);
        client.link(side);
    }

    private static ByteBuf message(char type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        return Unpooled.buffer().writeByte(type).writeInt(4 + bytes.length).writeBytes(bytes);
    }

    private void says(char type, String body) {
        client.feed(message(type, body), toServer);
    }

    private void asks(String sql) {
        says('Q', sql + "\0");
    }

    private void executes(String sql) {
        says('P', "\0" + sql + "\0\0\0");
        says('B', "\0\0\0\0\0\0\0\0");
        says('E', "\0\0\0\0\0");
    }

    private void answers(char type, String body) {
        server.feed(message(type, body), client, toClient);
    }

    private void begins() {
        asks("begin");
        answers('C', "BEGIN\0");
        answers('Z', "T");
        heard();
    }

    /// Types of the messages; of errors the SQLSTATE.
    private List<String> heard() {
        ByteBuf all = Unpooled.buffer();
        toClient.drainTo(piece -> {
            all.writeBytes(piece);
            piece.release();
        });
        List<String> heard = new ArrayList<>();
        while (all.isReadable()) {
            char type = (char) all.readByte();
            String body =
                    all.readCharSequence(all.readInt() - 4, StandardCharsets.UTF_8).toString();
            int code = body.indexOf("\0C") + 2;
            heard.add(
                    type == 'E'
                            ? body.substring(code, body.indexOf('\0', code))
                            : String.valueOf(type));
        }
        return heard;
    }

    private LostServer.Session dies() {
        LostServer lost = new LostServer(side, server, client);
        client.unlink();
        return lost.tell(toClient);
    }

    private void goesOn() {
        assertThat(dies()).isEqualTo(LostServer.Session.GOES_ON);
    }

    /// It has committed, but the server that it listened on is gone, and nobody listens for it yet.
    @Test
    void whoWaitsToListenHearsThatItDoesNot() {
        listensApart = true;
        asks("LISTEN news");
        answers('C', "LISTEN\0");
        answers('Z', "I");
        assertThat(heard()).containsExactly("C");
        goesOn();
        assertThat(heard()).containsExactly("57P03", "Z");
    }

    @Test
    void aSingleStatementMayBeDone() {
        asks("insert into t values (1)");
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
        executes("insert into t values (1)");
        assertThat(client.feed(Unpooled.buffer(0), toServer)).isEqualTo(Want.A_SERVER);
    }

    @ParameterizedTest
    @CsvSource({
        "insert into t values (1), 57P01",
        "select 1 /* the end */, 08007",
        "COMMIT, 08007",
        "select 1; Commit, 08007",
        "end, 08007",
        "prepare transaction x, 08007",
        "select sending from pending, 57P01",
        "rollback, 57P01",
        "Rollback to s, 57P01",
        "rollback; insert into t values (1), 08007"
    })
    void inABlockOnlyWhatEndsItMayBeDone(String sql, String code) {
        begins();
        asks(sql);
        goesOn();
        assertThat(heard()).containsExactly(code, "Z");
    }

    @ParameterizedTest
    @CsvSource({"insert into t values (1), 57P01", "commit, 08007"})
    void theExtendedProtocolIsNoOther(String sql, String code) {
        begins();
        executes(sql);
        says('S', "");
        goesOn();
        assertThat(heard()).containsExactly(code, "Z");
    }

    /// It is of no transaction, or of another one.
    @Test
    void whatFollowsARollbackMayBeDone() {
        begins();
        executes("rollback");
        executes("insert into t values (1)");
        says('S', "");
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
    }

    @Test
    void whatTakesItBackCountsUntilTheBlockEnds() {
        begins();
        says('P', "\0rollback\0\0\0");
        says('B', "p\0\0\0\0\0\0\0\0");
        says('S', "");
        answers('1', "");
        answers('2', "");
        answers('Z', "T");
        heard();
        says('P', "\0insert into t values (1)\0\0\0");
        says('B', "\0\0\0\0\0\0\0\0");
        says('E', "p\0\0\0\0\0");
        says('E', "\0\0\0\0\0");
        says('S', "");
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
    }

    static List<Statements> whereNamesAreNotRead() {
        return List.of(
                new Statements.AsTheyAre(),
                new Statements.OfOneThatMoves(new StatementTable(10)),
                new Statements.Shared(new StatementTable(10)));
    }

    /// Behind a text that is known, in one pipeline.
    @ParameterizedTest
    @MethodSource("whereNamesAreNotRead")
    void aStatementOfWhichOnlyTheNameIsKnownMayBeACommit(Statements statements) {
        becomes(statements);
        begins();
        asks("select 1");
        says('B', "\0s\0\0\0\0\0\0\0");
        says('E', "\0\0\0\0\0");
        says('S', "");
        answers('C', "SELECT 1\0");
        answers('Z', "T");
        heard();
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
    }

    @Test
    void whatWasBoundBeforeCountsUntilTheBlockEnds() {
        begins();
        executes("commit");
        says('S', "");
        answers('1', "");
        answers('2', "");
        answers('C', "SELECT 1\0");
        answers('Z', "T");
        asks("select 1");
        goesOn();
        assertThat(heard()).endsWith("08007", "Z");
    }

    @Test
    void idleInABlockTheNextRequestHearsOfIt() {
        begins();
        goesOn();
        assertThat(heard()).isEmpty();
        asks("select 1");
        assertThat(heard()).containsExactly("57P01", "Z");
        assertThat(client.feed(message('Q', "select 1\0"), toServer)).isEqualTo(Want.A_SERVER);
    }

    @Test
    void idleInABlockThePipelineHearsOfItOnce() {
        begins();
        goesOn();
        executes("select 1");
        executes("select 2");
        assertThat(heard()).containsExactly("57P01");
        says('S', "");
        assertThat(heard()).containsExactly("Z");
    }

    @Test
    void theRestOfAPipelineIsPassedOverUntilItsSync() {
        executes("select 1");
        goesOn();
        assertThat(heard()).containsExactly("08007");
        executes("select 2");
        says('H', "");
        assertThat(heard()).isEmpty();
        says('S', "");
        assertThat(heard()).containsExactly("Z");
    }

    /// Without its Sync nothing of it is done for sure, though all of it is answered.
    @Test
    void aPipelineThatWasAnsweredBeforeItsSyncHearsOfIt() {
        executes("insert into t values (1)");
        says('H', "");
        answers('1', "");
        answers('2', "");
        answers('C', "INSERT 0 1\0");
        assertThat(heard()).containsExactly("1", "2", "C");
        goesOn();
        assertThat(heard()).isEmpty();
        executes("insert into t values (2)");
        assertThat(heard()).containsExactly("08007");
        says('S', "");
        assertThat(heard()).containsExactly("Z");
        assertThat(client.feed(message('Q', "select 1\0"), toServer)).isEqualTo(Want.A_SERVER);
    }

    @Test
    void soDoesOneThatHasBegunABlock() {
        executes("begin");
        says('H', "");
        answers('1', "");
        answers('2', "");
        answers('C', "BEGIN\0");
        heard();
        goesOn();
        says('S', "");
        assertThat(heard()).containsExactly("08007", "Z");
    }

    @Test
    void whatWasOnlyPreparedBeforeItsSyncIsNoLoss() {
        says('P', "s\0select 1\0\0\0");
        says('D', "Ss\0");
        says('H', "");
        answers('1', "");
        answers('t', "\0\0");
        answers('n', "");
        heard();
        goesOn();
        assertThat(client.feed(message('S', ""), toServer)).isEqualTo(Want.A_SERVER);
        assertThat(heard()).isEmpty();
    }

    /// What was sent behind it has executed nothing.
    @ParameterizedTest
    @ValueSource(strings = {"by a query", "by messages", "in a block"})
    void whatWasConfirmedBeforeMorePreparingIsNoLoss(String how) {
        says('P', "s\0select 1\0\0\0");
        says('S', "");
        answers('1', "");
        answers('Z', "I");
        heard();
        confirmsBeforeParse(how);
        assertThat(heard()).endsWith("C", "Z", "1");
        goesOn();
        says('B', "\0t\0\0\0\0\0\0\0");
        says('E', "\0\0\0\0\0");
        assertThat(heard()).isEmpty();
        assertThat(client.feed(message('S', ""), toServer)).isEqualTo(Want.A_SERVER);
    }

    private void confirmsBeforeParse(String how) {
        if (how.equals("by messages")) {
            says('B', "\0s\0\0\0\0\0\0\0");
            says('E', "\0\0\0\0\0");
            says('S', "");
        } else {
            if (how.equals("in a block")) {
                begins();
            }
            asks("commit");
        }
        says('P', "t\0select 1\0\0\0");
        says('H', "");
        if (how.equals("by messages")) {
            answers('2', "");
        }
        answers('C', "COMMIT\0");
        answers('Z', "I");
    }

    /// The next server has no portal. Nothing was done with this one.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoHasBoundAPortalHearsThatItIsGone(boolean isBehindAQuery) {
        if (isBehindAQuery) {
            asks("insert into t values (1)");
        }
        says('P', "s\0select 1\0\0\0");
        says('B', "\0s\0\0\0\0\0\0\0");
        says('H', "");
        if (isBehindAQuery) {
            answers('C', "INSERT 0 1\0");
            answers('Z', "I");
        }
        answers('1', "");
        answers('2', "");
        heard();
        goesOn();
        says('E', "\0\0\0\0\0");
        assertThat(heard()).containsExactly("57P01");
        says('S', "");
        assertThat(heard()).containsExactly("Z");
    }

    /// Sent before the answer to what went before.
    @Test
    void whatWasExecutedBehindItWithoutASyncIsInDoubt() {
        asks("insert into t values (1)");
        executes("insert into t values (2)");
        says('H', "");
        answers('C', "INSERT 0 1\0");
        answers('Z', "I");
        answers('1', "");
        answers('2', "");
        answers('C', "INSERT 0 1\0");
        heard();
        goesOn();
        executes("insert into t values (3)");
        assertThat(heard()).containsExactly("08007");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q", "E", "F"})
    void whatIsUnderWayBehindItIsInDoubt(String type) {
        begins();
        asks("commit");
        says('P', "s\0select 1\0\0\0");
        switch (type) {
            case "Q" -> asks("insert into t values (1)");
            case "E" -> {
                executes("insert into t values (1)");
                says('S', "");
            }
            default -> says('F', "\0\0\0\0\0\0\0\0\0\0");
        }
        answers('C', "COMMIT\0");
        answers('Z', "I");
        answers('1', "");
        heard();
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
    }

    @Test
    void whoWasToHearThatThereMustBeNoBlockCannotGoOn() {
        server.linkForStatements();
        asks("begin");
        asks("select 1");
        answers('C', "BEGIN\0");
        answers('Z', "T");
        assertThat(dies()).isEqualTo(LostServer.Session.IS_OVER);
    }

    @Test
    void eachPartOfAPipelineIsAnswered() {
        asks("select 1");
        asks("select 2");
        asks("select 3");
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z", "08007", "Z", "08007", "Z");
    }

    @Test
    void whatTheServerSaidItselfIsPassedOnInWordsThatLetTheSessionGoOn() {
        begins();
        asks("select 1");
        answers('E', "SFATAL\0VFATAL\0C25P03\0Mtoo idle\0\0");
        assertThat(heard()).isEmpty();
        goesOn();
        assertThat(heard()).containsExactly("25P03", "Z");
    }

    @Test
    void aStatementThatWasNotPreparedIsForgotten() {
        says('P', "s\0select 1\0\0\0");
        says('S', "");
        goesOn();
        assertThat(heard()).containsExactly("57P01", "Z");
        assertThat(client.prepared()).isZero();
    }

    /// Its plan was out of date, and it was asked once more without a word ([Retry]).
    @Test
    void whatIsSentAgainIsAnsweredOnce() {
        says('P', "s\0select 1\0\0\0");
        says('S', "");
        answers('1', "");
        answers('Z', "I");
        says('B', "\0s\0\0\0\0\0\0\0");
        says('D', "P\0");
        says('E', "\0\0\0\0\0");
        says('S', "");
        heard();
        answers('E', "SERROR\0C0A000\0Mcached plan\0RRevalidateCachedQuery\0\0");
        assertThat(side.wantsRetry()).isTrue();
        client.retry(toServer);
        goesOn();
        assertThat(heard()).containsExactly("08007", "Z");
        assertThat(client.feed(message('Q', "select 1\0"), toServer)).isEqualTo(Want.A_SERVER);
    }

    @Test
    void inTheMiddleOfAMessageNothingCanBeSaid() {
        asks("select 1");
        server.feed(Unpooled.buffer().writeByte('D').writeInt(100).writeZero(10), client, toClient);
        assertThat(dies()).isEqualTo(LostServer.Session.IS_OVER);
        assertThat(new LostServer(side, server, client).canBeTold()).isFalse();
        toClient.release();
    }

    @Test
    void aCopyThatIsUnderWayCannotBeEnded() {
        asks("copy t from stdin");
        answers('G', "\0\0\0");
        heard();
        assertThat(dies()).isEqualTo(LostServer.Session.IS_OVER);
        assertThat(new LostServer(side, server, client).canBeTold()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "select 1", "commits", "x_commit", "recommit", "endé"})
    void wordsAreWhole(String text) {
        ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        assertThat(Ending.mayBeIn(in, 0, in.readableBytes())).isFalse();
    }

    /// Found by `./dev/fuzz`: else the next client's first bytes would end this one's message.
    @Test
    void whatCannotBeLeavesNoServerInTheMiddleOfAMessage() {
        ByteBuf row = message('d', "0123456789");
        ByteBuf broken = Unpooled.buffer().writeBytes(row, 8, 7).writeByte(0xfe).writeInt(4);
        begins();
        client.feed(row.copy(0, 8), toServer);
        assertThat(client.isMidMessage()).isTrue();
        assertThatThrownBy(() -> client.feed(broken, toServer))
                .isInstanceOf(ProtocolViolation.class);
        assertThat(client.isMidMessage()).as("its end has not left").isTrue();
    }

    @Test
    void whatCannotBeBehindAWholeMessageLeavesNothingBegun() {
        ByteBuf broken =
                Unpooled.buffer()
                        .writeBytes(message('d', "0123456789"))
                        .writeByte(0xfe)
                        .writeInt(4);
        begins();
        assertThatThrownBy(() -> client.feed(broken, toServer))
                .isInstanceOf(ProtocolViolation.class);
        assertThat(client.isMidMessage()).isFalse();
    }
}

package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A commit that no standby has confirmed is never told as a success.
class UnconfirmedTest implements NothingNoted {
    private static final String WARNING =
            "SWARNUNG\0VWARNING\0C01000\0Mwarten\0Fsyncrep.c\0L300\0RSyncRepWaitForLSN\0\0";
    private static final String TERMINATED =
            "SWARNING\0VWARNING\0C57P01\0Mends\0Fsyncrep.c\0L270\0RSyncRepWaitForLSN\0\0";
    private static final String OTHER =
            "SWARNING\0VWARNING\0C01000\0MRSyncRepWaitForLSN\0Rexec_stmt_raise\0\0";

    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final ClientStream client =
            new ClientStream(new Statements.Shared(new StatementTable(10)), toClient);
    private ServerSide side = new ServerSide(10);
    private ServerStream server = new ServerStream(side, this);
    private UnconfirmedCommit manner = UnconfirmedCommit.ERROR;

    @Override
    public UnconfirmedCommit unconfirmedCommit() {
        return manner;
    }

    @AfterEach
    void release() {
        toServer.release();
        toClient.release();
        client.release();
        server.release();
    }

    private void begin() {
        side = new ServerSide(10);
        server.release();
        server = new ServerStream(side, this);
        client.link(side);
        server.link();
    }

    private String asks(Script script) {
        client.feed(Unpooled.wrappedBuffer(script.bytes()), toServer);
        return drained(toServer);
    }

    private static String drained(Output output) {
        ByteBuf all = Unpooled.buffer();
        output.drainTo(part -> {
            all.writeBytes(part);
            part.release();
        });
        StringBuilder types = new StringBuilder();
        while (all.isReadable()) {
            char type = (char) all.readByte();
            String text =
                    all.readCharSequence(all.readInt() - 4, StandardCharsets.UTF_8).toString();
            types.append(type);
            if (type == 'E') {
                types.append(text.contains("C08007\0") ? "(08007)" : "(" + text + ")");
            }
        }
        return types.toString();
    }

    private static byte[] messages(String... all) {
        ByteBuf out = Unpooled.buffer();
        for (String each : all) {
            byte[] body = each.substring(1).getBytes(StandardCharsets.UTF_8);
            out.writeByte(each.charAt(0)).writeInt(4 + body.length).writeBytes(body);
        }
        return ByteBufUtil.getBytes(out);
    }

    /// Cut into pieces of that length, its client is told the same.
    private String answers(int piece, String... all) {
        byte[] bytes = messages(all);
        for (int at = 0; at < bytes.length; at += piece) {
            int length = Math.min(piece, bytes.length - at);
            server.feed(Unpooled.copiedBuffer(bytes, at, length), client, toClient);
        }
        return drained(toClient);
    }

    private String answers(String... all) {
        return answers(4096, all);
    }

    private static final String[] COMMITTED = {"N" + WARNING, "CCOMMIT\0", "ZI"};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 4096})
    void aCommitIsAnError(int piece) {
        begin();
        asks(new Script().query("commit"));
        assertThat(answers(piece, COMMITTED)).isEqualTo("NE(08007)Z");
        asks(new Script().query("select 1"));
        assertThat(answers(piece, "Trow", "D1", "CSELECT 1\0", "ZI")).isEqualTo("TDCZ");
    }

    @Test
    void aSingleStatementIsAnError() {
        begin();
        asks(new Script().query("insert"));
        assertThat(answers("Trow", "D1", "N" + WARNING, "CINSERT 0 1\0", "ZI"))
                .isEqualTo("TDNE(08007)Z");
    }

    @Test
    void moreInTheSameQueryIsTold() {
        begin();
        asks(new Script().query("commit; select 1; begin"));
        assertThat(
                        answers(
                                "N" + WARNING,
                                "CCOMMIT\0",
                                "Trow",
                                "D1",
                                "CSELECT 1\0",
                                "CBEGIN\0",
                                "ZT"))
                .isEqualTo("NCTDCCE(08007)Z");
    }

    @Test
    void anErrorBehindItIsPartOfIt() {
        begin();
        asks(new Script().query("commit; fail"));
        assertThat(
                        answers(
                                "N" + WARNING,
                                "CCOMMIT\0",
                                "ESERROR\0VERROR\0C22012\0Mdivision\0\0",
                                "ZI"))
                .isEqualTo("NE(08007)Z");
    }

    @Test
    void aCopyBehindItGoesOn() {
        begin();
        asks(new Script().query("commit; copy t from stdin"));
        assertThat(answers("N" + WARNING, "CCOMMIT\0", "G\0\0\0")).isEqualTo("NCG");
        assertThat(answers("CCOPY 0\0", "ZI")).isEqualTo("CE(08007)Z");
    }

    @Test
    void anExecutedCommitIsAnError() {
        begin();
        asks(new Script().parse("", "COMMIT").bind("", "").execute("").sync());
        assertThat(answers("1", "2", COMMITTED[0], COMMITTED[1], "ZI")).isEqualTo("12NE(08007)Z");
        assertThat(side.isFree()).isTrue();
    }

    @Test
    void whatASyncCommitsIsAnError() {
        begin();
        asks(new Script().parse("", "insert").bind("", "").execute("").sync());
        assertThat(answers("1", "2", "CINSERT 0 1\0", COMMITTED[0], "ZI"))
                .isEqualTo("12CNE(08007)Z");
    }

    @Test
    void aPipelineIsToldAllAndThenTheError() {
        begin();
        asks(
                new Script()
                        .parse("", "commit")
                        .bind("", "")
                        .execute("")
                        .bind("", "")
                        .execute("")
                        .sync());
        assertThat(answers("1", "2", COMMITTED[0], COMMITTED[1], "2", "CCOMMIT\0", "ZI"))
                .isEqualTo("12NC2CE(08007)Z");
    }

    /// It waits for the answer before it sends its Sync.
    @Test
    void aClientThatHasNotSaidSyncSkipsToIt() {
        begin();
        asks(new Script().parse("", "commit").bind("", "").execute(""));
        assertThat(answers("1", "2", COMMITTED[0], COMMITTED[1])).isEqualTo("12NE(08007)");
        assertThat(asks(new Script().bind("", "").execute(""))).isEmpty();
        assertThat(side.isFree()).isFalse();
        assertThat(asks(new Script().sync())).isEqualTo("S");
        assertThat(answers("ZI")).isEqualTo("Z");
        assertThat(side.isFree()).isTrue();
    }

    @Test
    void aServerThatEndsTellsNoSuccess() {
        begin();
        asks(new Script().query("commit"));
        assertThat(answers("N" + WARNING, "CCOMMIT\0")).isEqualTo("N");
        LostServer lost = new LostServer(side, server, client);
        assertThat(lost.tell(toClient)).isEqualTo(LostServer.Session.GOES_ON);
        assertThat(drained(toClient)).isEqualTo("E(08007)Z");
    }

    @Test
    void otherWarningsAreNone() {
        for (String other : new String[] {OTHER, TERMINATED}) {
            begin();
            asks(new Script().query("commit"));
            assertThat(answers("N" + other, COMMITTED[1], "ZI")).isEqualTo("NCZ");
        }
    }

    @Test
    void theWarningStaysWhereThatIsWanted() {
        begin();
        manner = UnconfirmedCommit.WARNING;
        asks(new Script().query("commit"));
        assertThat(answers(COMMITTED)).isEqualTo("NCZ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "COMMIT|true",
                "commit;|true",
                "/* traced */ end transaction and no chain ; -- |false",
                "/* traced */ end transaction and no chain ; |true",
                "commit work and chain|true",
                "commit prepared 'x y'|true",
                "prepare transaction 'x'|true",
                "commit; select pg_sleep(100)|false",
                "committed|false",
                "select case when true then 1 end|false",
                "end of everything|false"
            })
    void onlyACommitAloneIsNotToBeCanceled(String text, boolean commits) {
        begin();
        asks(new Script().query(text));
        assertThat(side.isCommitting()).as("simple").isEqualTo(commits);
        begin();
        asks(new Script().parse("", text).bind("", "").execute("").sync());
        assertThat(side.isCommitting()).as("unnamed").isEqualTo(commits);
        begin();
        asks(new Script().parse(text, text).bind("", text).execute("").sync());
        assertThat(side.isCommitting()).as("named").isEqualTo(commits);
    }

    @Test
    void whatRunsBeforeTheCommitCanBeCanceled() {
        begin();
        asks(new Script().query("select 1").query("commit"));
        assertThat(side.isCommitting()).isFalse();
        answers("CSELECT 1\0", "ZT");
        assertThat(side.isCommitting()).isTrue();
        answers("CCOMMIT\0", "ZI");
        assertThat(side.isCommitting()).isFalse();
    }
}

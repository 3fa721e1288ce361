package io.toomai.proxy.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.toomai.proxy.relay.ProtocolViolation;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Which query makes a server's session into a client's, and what the client is told.
class SettingsTest {
    private static final Map<String, String> SAID =
            Map.of("TimeZone", "UTC", "DateStyle", "ISO, MDY", "server_version", "15.1");

    private final ParameterTable table = new ParameterTable();
    private final ServerSettings server = new ServerSettings(table, SAID);

    private ClientSettings client(String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return new ClientSettings(table, all, SAID);
    }

    private void report(String name, String value, @Nullable ClientSettings to, Charset as) {
        ByteBuf body = Unpooled.copiedBuffer(name + "\0" + value + "\0", as);
        server.report(body, 0, body.readableBytes(), to);
    }

    private void report(String name, String value, @Nullable ClientSettings to) {
        report(name, value, to, UTF_8);
    }

    private void takeBack(String name, String value) {
        ByteBuf body = Unpooled.copiedBuffer(name + "\0" + value + "\0", UTF_8);
        server.takeBack(body, 0, body.readableBytes());
    }

    private List<String> told(ClientSettings client) {
        List<String> told = new ArrayList<>();
        server.tell(client, (name, value) -> told.add(name + "=" + value));
        return told;
    }

    private void serve(ClientSettings client, String query) {
        assertThat(server.adjustTo(client)).contains(query);
        server.adjusted();
        assertThat(server.adjustTo(client)).isEmpty();
    }

    @Test
    void whoWantsNothingGetsAServerAsItIs() {
        assertThat(server.adjustTo(client())).isEmpty();
        assertThat(server.state()).isSameAs(client().wish());
        assertThat(told(client())).isEmpty();
    }

    /// Whoever becomes somebody else has no role any more (PostgreSQL 15: `SHOW role` says none).
    @Test
    void aRoleIsTakenAgainAfterItsOwnerHasChanged() {
        server.adjustTo(client("role", "r", "session_authorization", "s"));
        server.adjusted();
        serve(
                client("role", "r"),
                "RESET \"session_authorization\";SELECT pg_catalog.set_config(E'role',E'r',false)");
        serve(
                client("role", "r", "session_authorization", "t"),
                "SELECT pg_catalog.set_config(E'session_authorization',E't',false),"
                        + "pg_catalog.set_config(E'role',E'r',false)");
    }

    @Test
    void whatTheServerHasAnywayIsNotSet() {
        ClientSettings same = client("timezone", "UTC", "datestyle", "ISO, MDY");
        assertThat(server.adjustTo(same)).isEmpty();
        assertThat(server.state()).isSameAs(same.wish());
    }

    /// Edge 35: nothing of one client's is left for the next.
    @Test
    void edge35OneClientAfterTheOther() {
        serve(
                client("statement_timeout", "5s", "TimeZone", "Asia/Tokyo"),
                "SELECT pg_catalog.set_config(E'statement_timeout',E'5s',false),"
                        + "pg_catalog.set_config(E'TimeZone',E'Asia/Tokyo',false)");
        report("TimeZone", "Asia/Tokyo", null);
        serve(
                client("statement_timeout", "6s"),
                "RESET \"TimeZone\";RESET \"statement_timeout\";"
                        + "SELECT pg_catalog.set_config(E'statement_timeout',E'6s',false)");
        report("TimeZone", "UTC", null);
        serve(client(), "RESET \"statement_timeout\";");
    }

    @Test
    void edge35TwoClientsThatWantTheSameAreServedWithoutAWord() {
        serve(
                client("work_mem", "1MB", "a.b", "1"),
                "SELECT pg_catalog.set_config(E'a.b',E'1',false),"
                        + "pg_catalog.set_config(E'work_mem',E'1MB',false)");
        ClientSettings other = client("A.B", "1", "WORK_MEM", "1MB");
        assertThat(server.state()).isSameAs(other.wish());
    }

    @Test
    void edge35ASettingOfTheSessionGoesWithTheClient() {
        ClientSettings anna = client();
        ClientSettings bert = client();
        report("DateStyle", "SQL, DMY", anna);
        assertThat(server.adjustTo(anna)).isEmpty();
        serve(bert, "RESET \"DateStyle\";");
        report("DateStyle", "ISO, MDY", null);
        assertThat(told(bert)).isEmpty();
        serve(anna, "SELECT pg_catalog.set_config(E'DateStyle',E'SQL, DMY',false)");
    }

    @Test
    void edge35WhatATransactionTakesBackWasNeverSet() {
        ClientSettings anna = client();
        Object before = server.state();
        report("TimeZone", "Asia/Tokyo", anna);
        assertThat(server.state()).isNotSameAs(before);
        report("TimeZone", "UTC", anna);
        assertThat(server.state()).isSameAs(before).isSameAs(anna.wish());
    }

    /// Who leaves in a transaction leaves what was set before it, though it looked as if it had
    /// been taken back.
    @Test
    void edge35WhatARollbackBringsBackIsNotTheServersOwn() {
        ClientSettings anna = client("TimeZone", "Asia/Tokyo");
        assertThat(server.adjustTo(anna)).isPresent();
        report("TimeZone", "Asia/Tokyo", null);
        server.adjusted();
        report("TimeZone", "UTC", anna);
        takeBack("TimeZone", "Asia/Tokyo");
        serve(client(), "RESET \"TimeZone\";");
        report("TimeZone", "UTC", null);
        assertThat(server.adjustTo(client())).isEmpty();
    }

    @Test
    void edge35WhatARollbackTakesBackIsNobodys() {
        ClientSettings anna = client();
        report("TimeZone", "Asia/Tokyo", anna);
        takeBack("TimeZone", "UTC");
        takeBack("server_version", "15.2");
        assertThat(server.adjustTo(client())).isEmpty();
    }

    /// The files were read again while a client had the server: what seemed to be its own is the
    /// server's, as one sees when it is taken back.
    @Test
    void edge35WhatIsThereAfterAResetIsTheServersOwn() {
        report("TimeZone", "Europe/Rome", client());
        serve(client(), "RESET \"TimeZone\";");
        report("TimeZone", "UTC", client());
        serve(client(), "RESET \"TimeZone\";");
    }

    @Test
    void edge35WhatIsLostWithItsTransactionIsNotSetAgain() {
        ClientSettings anna = client();
        report("TimeZone", "CET", anna);
        anna.settle();
        report("TimeZone", "EST", anna);
        anna.takeBack();
        assertThat(new ServerSettings(table, SAID).adjustTo(anna))
                .hasValueSatisfying(query -> assertThat(query).contains("E'TimeZone',E'CET'"));
    }

    @Test
    void edge35WhatIsWishedMeanwhileIsNotSet() {
        ClientSettings anna = client("TimeZone", "CET");
        assertThat(server.adjustTo(anna)).isPresent();
        anna.wished = client("TimeZone", "EST").wished;
        server.adjusted();
        assertThat(server.adjustTo(client("TimeZone", "CET"))).isEmpty();
        assertThat(server.adjustTo(anna)).isPresent();
    }

    @Test
    void edge35ValuesThatNeedQuotes() {
        ClientSettings odd =
                client(
                        "search_path",
                        "\"a,b\",c'; DROP TABLE t; --\\",
                        "application_name",
                        "ä😀\n");
        assertThat(server.adjustTo(odd))
                .contains(
                        "SELECT pg_catalog.set_config(E'application_name',"
                                + "E'\\U000000e4\\U0001f600\\U0000000a',false),"
                                + "pg_catalog.set_config(E'search_path',"
                                + "E'\"a,b\",c''; DROP TABLE t; --\\\\',false)");
    }

    @Test
    void edge35AServerWithoutAnEncodingGetsBytes() {
        ServerSettings ascii = new ServerSettings(table, Map.of("server_encoding", "SQL_ASCII"));
        assertThat(ascii.adjustTo(client("application_name", "ä")))
                .contains("SELECT pg_catalog.set_config(E'application_name',E'\\xc3\\xa4',false)");
    }

    @Test
    void edge5NamesThatAreNoNames() {
        assertThat(ClientSettings.unnameable(Map.of("user", "a", "my.own_1", "", "work_mem", "")))
                .isEmpty();
        for (String name :
                List.of("a b", "a;b", "a\"b", "1a", ".a", "a.", "", "ä", "a".repeat(200))) {
            assertThat(ClientSettings.unnameable(Map.of(name, ""))).contains(name);
        }
    }

    @Test
    void whoOneIsIsSetLastAndTakenBackFirst() {
        serve(
                client("role", "r", "session_authorization", "s", "a.b", "1", "z.z", "1"),
                "SELECT pg_catalog.set_config(E'a.b',E'1',false),"
                        + "pg_catalog.set_config(E'z.z',E'1',false),"
                        + "pg_catalog.set_config(E'session_authorization',E's',false),"
                        + "pg_catalog.set_config(E'role',E'r',false)");
        serve(
                client(),
                "RESET \"role\";RESET \"session_authorization\";RESET \"z\".\"z\";RESET \"a\".\"b\";");
    }

    /// Edge 10: exactly once, whatever happened while another client had the server.
    @Test
    void edge10AClientIsToldWhatChangedOnce() {
        ClientSettings anna = client();
        report("server_version", "15.2", null);
        assertThat(told(anna)).containsExactly("server_version=15.2");
        assertThat(told(anna)).isEmpty();
        report("server_version", "15.3", anna);
        assertThat(told(anna)).isEmpty();
        ServerSettings other = new ServerSettings(table, SAID);
        List<String> told = new ArrayList<>();
        other.tell(anna, (name, value) -> told.add(name + "=" + value));
        assertThat(told).containsExactly("server_version=15.1");
    }

    @Test
    void edge10AServerWhoseFilesWereReadAgainIsLikeNew() {
        report("TimeZone", "Europe/Rome", null);
        ClientSettings anna = client();
        assertThat(server.adjustTo(anna)).isEmpty();
        assertThat(told(anna)).containsExactly("TimeZone=Europe/Rome");
    }

    @Test
    void edge35TheServersOwnWordForAValueIsToldOnce() {
        ClientSettings anna = client("TimeZone", "asia/tokyo");
        assertThat(server.adjustTo(anna)).isPresent();
        report("TimeZone", "Asia/Tokyo", null);
        server.adjusted();
        assertThat(told(anna)).containsExactly("TimeZone=Asia/Tokyo");
        assertThat(server.adjustTo(anna)).isEmpty();
    }

    @Test
    void aRefusedWishChangesNothing() {
        ClientSettings odd = client("TimeZone", "Nowhere");
        Optional<String> query = server.adjustTo(odd);
        assertThat(query).isPresent();
        server.refused();
        assertThat(server.adjustTo(client())).isEmpty();
        assertThat(server.adjustTo(odd)).isEqualTo(query);
    }

    /// Edge 20 and 35: after SET, RESET or DISCARD ALL nobody knows what is not reported.
    @Test
    void edge35WhatMayHaveChangedWithoutAWordIsSetAnew() {
        String five = "SELECT pg_catalog.set_config(E'statement_timeout',E'5s',false)";
        ClientSettings anna = client("statement_timeout", "5s");
        serve(anna, five);
        server.mayHaveChanged();
        serve(anna, "RESET \"statement_timeout\";" + five);
        server.mayHaveChanged();
        serve(client(), "RESET \"statement_timeout\";");
        server.mayHaveChanged();
        assertThat(server.adjustTo(client())).isEmpty();
    }

    @Test
    void valuesComeInTheClientsEncoding() {
        ClientSettings anna = client();
        report("client_encoding", "LATIN1", anna);
        report("search_path", "größe", anna, ISO_8859_1);
        assertThat(server.encoding()).isEqualTo(ISO_8859_1);
        ServerSettings other = new ServerSettings(table, SAID);
        assertThat(other.adjustTo(anna).orElseThrow()).contains("E'gr\\U000000f6\\U000000dfe'");
        for (String name :
                List.of(
                        "UTF8",
                        "SQL_ASCII",
                        "LATIN9",
                        "WIN1252",
                        "SJIS",
                        "EUC_JP",
                        "BIG5",
                        "odd")) {
            assertThat(Encodings.of(name)).isNotNull();
        }
        assertThat(Encodings.of("LATIN9").name()).isEqualTo("ISO-8859-15");
    }

    @Test
    void aServerThatSaysTooMuchIsNotBelieved() {
        for (int i = 0; i < Parameters.MOST - SAID.size(); i++) {
            report("p" + i, "", null);
        }
        assertThatThrownBy(() -> report("one_more", "", null))
                .isInstanceOf(ProtocolViolation.class);
        assertThatThrownBy(() -> report("p1", "x".repeat(Parameters.LONGEST), null))
                .isInstanceOf(ProtocolViolation.class);
        ByteBuf cut = Unpooled.copiedBuffer("TimeZone\0UTC", UTF_8);
        assertThatThrownBy(() -> server.report(cut, 0, cut.readableBytes(), null))
                .isInstanceOf(ProtocolViolation.class);
    }
}

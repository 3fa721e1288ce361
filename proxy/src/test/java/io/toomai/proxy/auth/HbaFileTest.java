package io.toomai.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.auth.HbaRule.Caller;
import io.toomai.proxy.auth.HbaRule.Encryption;
import io.toomai.proxy.auth.HbaRule.Purpose;
import io.toomai.settings.Problem;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HbaFileTest {
    private static final LocalNetworks HERE =
            new LocalNetworks(
                    List.of(
                            AddressRange.parse("10.1.2.3/24").orElseThrow(),
                            AddressRange.parse("fe80::1/64").orElseThrow()));

    private static final String FILE =
            """
            # who may
            local   all          postgres                       peer map=admins
            local   all          all                            md5
            host    "all"        all      0.0.0.0/0             reject
            hostssl app,reports  "anna b" 10.0.0.0 255.0.0.0    scram-sha-256
            hostnossl all        bob      samehost              trust
            host    sameuser     all      samenet               md5
            host    replication  rep      ::/0                  scram-sha-256
            host    /^app_       /_ro$    all                   password
            hostssl all          all      all                   cert map=m clientname=CN
            """;

    private static String decision(Caller caller) {
        HbaFile.Reading reading = HbaFile.parse(FILE, "hba");
        assertThat(reading.problems()).isEmpty();
        return reading.file()
                .about(caller, HERE)
                .map(rule -> rule.at().line() + " " + rule.method().word())
                .orElse("nobody");
    }

    private static Caller caller(String database, String user, String address, Encryption with) {
        Optional<InetAddress> from =
                address.equals("-")
                        ? Optional.empty()
                        : Optional.of(InetAddress.ofLiteral(address));
        return new Caller(database, user, from, with, Purpose.QUERIES);
    }

    @ParameterizedTest
    @CsvSource({
        "x, postgres, -, NONE, 2 peer",
        "x, other, -, NONE, 3 md5",
        "all, x, 9.9.9.9, NONE, 4 reject",
        "app, anna b, 10.9.9.9, TLS, 5 scram-sha-256",
        "reports, anna b, 10.9.9.9, TLS, 5 scram-sha-256",
        "app, anna b, 10.9.9.9, NONE, nobody",
        "app, anna b, 11.9.9.9, TLS, 10 cert",
        "x, bob, 10.1.2.3, NONE, 6 trust",
        "x, bob, 10.1.2.4, NONE, nobody",
        "x, x, 10.1.2.4, NONE, 7 md5",
        "x, x, fe80::7, NONE, 7 md5",
        "app_1, a_ro, 1.1.1.1, NONE, 9 password",
        "app_1, a_rw, 1.1.1.1, NONE, nobody"
    })
    void theFirstRuleDecides(
            String database, String user, String address, Encryption with, String rule) {
        assertThat(decision(caller(database, user, address, with))).isEqualTo(rule);
    }

    /// In quotes, too, as one with a comma or a blank must stand.
    @Test
    void aPatternInQuotesIsOne() {
        HbaFile file =
                HbaFile.parse(
                                "host \"/^app_\\d{1,2}$\" all all reject\nhost all all all trust\n",
                                "hba")
                        .file();
        Optional<HbaRule> rule =
                file.about(caller("app_12", "anna", "10.1.1.1", Encryption.NONE), HERE);
        assertThat(rule.map(HbaRule::method)).contains(HbaMethod.REJECT);
    }

    @Test
    void aFileOfNamesStandsForThem(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("staff"), "# who\nanna, bob\n\n\"carol c\" /^d_ # all\n");
        Files.createDirectory(folder.resolve("lists"));
        Files.writeString(folder.resolve("lists/apps"), "shop\nsameuser");
        HbaFile.Reading reading =
                HbaFile.parse(
                        "host @lists/apps emil,@staff all md5\nhost all \"@staff\" all trust\n",
                        folder.resolve("hba").toString());
        assertThat(reading.problems()).isEmpty();
        for (String user : List.of("anna", "bob", "carol c", "d_x", "emil")) {
            assertThat(line(reading, "shop", user)).contains(1);
            assertThat(line(reading, user, user)).contains(1);
            assertThat(line(reading, "other", user)).isEmpty();
        }
        assertThat(line(reading, "shop", "carol")).isEmpty();
        assertThat(line(reading, "shop", "@staff")).contains(2);
    }

    private static Optional<Integer> line(HbaFile.Reading reading, String database, String user) {
        return reading.file()
                .about(caller(database, user, "10.1.1.1", Encryption.NONE), HERE)
                .map(rule -> rule.at().line());
    }

    @Test
    void aFileOfNamesThatCannotBeReadIsAProblemOfTheLineThatNamesIt(@TempDir Path folder)
            throws Exception {
        Files.writeString(folder.resolve("open"), "anna\n\"bob\n");
        Files.writeString(folder.resolve("more"), "@open\n");
        Files.writeString(folder.resolve("group"), "+staff\n");
        Files.writeString(folder.resolve("long"), "x".repeat((1 << 20) + 1));
        HbaFile.Reading reading =
                HbaFile.parse(
                        """
                        host all @missing all md5
                        host all @lists,anna all md5
                        host all @open all md5
                        host all @more all md5
                        host all @group all md5
                        host all @long all md5
                        """
                                .replace("@lists", "@" + folder),
                        folder.resolve("hba").toString());
        assertThat(reading.problems())
                .extracting(problem -> problem.line() + " " + problem.message())
                .containsExactly(
                        "1 cannot read " + folder.resolve("missing") + ": there is no such file",
                        "2 cannot read " + folder + ": there is no such file",
                        "3 " + folder.resolve("open") + ":2: a quote does not end",
                        "4 "
                                + folder.resolve("more")
                                + ":1: @open: a file of names cannot name another",
                        "5 +staff: who is a member of what only the server knows; list them",
                        "6 cannot read " + folder.resolve("long") + ": it has more than 1 MB");
        assertThat(reading.file().rules()).isEmpty();
    }

    @Test
    void replicationIsNoDatabase() {
        Optional<InetAddress> from = Optional.of(InetAddress.ofLiteral("::1"));
        assertThat(
                        decision(
                                new Caller(
                                        "",
                                        "rep",
                                        from,
                                        Encryption.NONE,
                                        Purpose.PHYSICAL_REPLICATION)))
                .isEqualTo("8 scram-sha-256");
        assertThat(
                        decision(
                                new Caller(
                                        "replication",
                                        "rep",
                                        from,
                                        Encryption.NONE,
                                        Purpose.QUERIES)))
                .isEqualTo("nobody");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host",
                "hostt all all all md5",
                "host all all",
                "host all all all",
                "host all all all md6",
                "host all all localhost md5",
                "host all all 10.0.0.0/33 md5",
                "host all all 10.0.0.0 255.0.255.0 md5",
                "host all all 10.0.0.0 md5",
                "host all +group all md5",
                "host samerole all all md5",
                "host @missing all all md5",
                "host all /[ all md5",
                "host \"/app(\" all all md5",
                "host all \"/[\" all md5",
                "host all all all peer",
                "host all all all cert",
                "host \"all all all md5",
                "host all all all md5 map",
                "hostssl all all all scram-sha-256 clientcert=verify-full",
                "hostssl all all all cert clientname=DN",
                "host all all all md5 mapp=m"
            })
    void whatIsNoRuleIsAProblemOfItsLine(String line) {
        HbaFile.Reading reading = HbaFile.parse("# first\n" + line + "\n", "hba");
        assertThat(reading.problems()).hasSize(1);
        assertThat(reading.problems().getFirst().line()).isEqualTo(2);
        assertThat(reading.file().rules()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    host all all all gss | gss is no method; there are trust, reject, password, \
                    md5, scram-sha-256, cert, peer
                    host all all all md6 | md6 is no method, did you mean md5?
                    host all all 127.0.0.1 md5 | the address needs /bits, or a mask in the next \
                    column; only this one is 127.0.0.1/32
                    host all all ::1 | the address needs /bits, or a mask in the next column; \
                    only this one is ::1/128
                    host all all 10.0.0.0 255.0.255.0 md5 | the mask does not fit the address \
                    10.0.0.0
                    """)
    void theMessageSaysWhatWouldBeRight(String line, String message) {
        assertThat(HbaFile.parse(line, "hba").problems())
                .extracting(Problem::message)
                .containsExactly(message);
    }
}

package io.toomai.proxy.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Exchange.Means;
import io.toomai.proxy.auth.Exchange.Step;
import io.toomai.proxy.auth.Exchange.Subject;
import io.toomai.wire.Md5Password;
import io.toomai.wire.ScramKnowledge;
import io.toomai.wire.ScramServer;
import io.toomai.wire.ScramSha256;
import io.toomai.wire.ScramVerifier;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExchangeTest {
    private static final Means MEANS =
            new Means(
                    new byte[] {1, 2, 3, 4},
                    "nonce",
                    new byte[] {9},
                    4096,
                    Optional.empty(),
                    new ScramServer.Binding.Impossible());
    private static final StoredPassword PLAIN = new StoredPassword.Plain(new Secret("geheim"));
    private static final StoredPassword HASH =
            StoredPassword.of(Md5Password.stored("anna", "geheim")).orElseThrow();
    private static final StoredPassword VERIFIER =
            new StoredPassword.Scram(ScramVerifier.of("geheim", new byte[16], 4096));

    private static Exchange exchange(HbaMethod method, StoredPassword stored) {
        return exchange(method, Optional.of(stored));
    }

    private static Exchange exchange(HbaMethod method, Optional<StoredPassword> stored) {
        return new Exchange(new Subject("anna", method, stored), MEANS);
    }

    private static byte[] text(String password) {
        return (password + "\0").getBytes(UTF_8);
    }

    @Test
    void aPasswordInPlainFitsEveryForm() {
        for (StoredPassword stored : new StoredPassword[] {PLAIN, HASH, VERIFIER}) {
            Exchange right = exchange(HbaMethod.PASSWORD, stored);
            assertThat(right.begin()).isInstanceOf(Step.Ask.class);
            assertThat(right.answer(text("geheim"))).isInstanceOf(Step.Granted.class);
            Exchange wrong = exchange(HbaMethod.PASSWORD, stored);
            wrong.begin();
            assertThat(wrong.answer(text("other"))).isInstanceOf(Step.Refused.class);
            Exchange none = exchange(HbaMethod.PASSWORD, stored);
            none.begin();
            assertThat(none.answer(text(""))).isInstanceOf(Step.Refused.class);
        }
    }

    @Test
    void md5() {
        byte[] right = text(Md5Password.salted(Md5Password.stored("anna", "geheim"), MEANS.salt()));
        for (StoredPassword stored : new StoredPassword[] {PLAIN, HASH}) {
            Exchange exchange = exchange(HbaMethod.MD5, stored);
            assertThat(exchange.begin())
                    .isInstanceOfSatisfying(
                            Step.Ask.class, ask -> assertThat(ask.code()).isEqualTo(5));
            assertThat(exchange.answer(right)).isInstanceOf(Step.Granted.class);
            Exchange wrong = exchange(HbaMethod.MD5, stored);
            wrong.begin();
            assertThat(wrong.answer(text("md5" + "0".repeat(32)))).isInstanceOf(Step.Refused.class);
        }
        assertThat(exchange(HbaMethod.MD5, VERIFIER).begin())
                .isInstanceOfSatisfying(
                        Step.Ask.class, ask -> assertThat(ask.code()).isEqualTo(10));
    }

    @ParameterizedTest
    @EnumSource(names = {"PASSWORD", "MD5", "SCRAM"})
    void whoDoesNotExistIsAskedAsOthersAre(HbaMethod method) {
        Step real = exchange(method, PLAIN).begin();
        Step none = new Exchange(new Subject("anna", method, Optional.empty()), MEANS).begin();
        assertThat(none).usingRecursiveComparison().isEqualTo(real);
    }

    /// What a client does that has the password `geheim`, held against `stored`.
    private static Step scram(Optional<StoredPassword> stored, String password) {
        Exchange exchange = exchange(HbaMethod.SCRAM, stored);
        exchange.begin();
        ScramSha256 client =
                new ScramSha256(
                        "anna",
                        new ScramKnowledge.Password(password),
                        "client",
                        ScramSha256.Binding.none());
        byte[] first = client.clientFirst().getBytes(UTF_8);
        byte[] body =
                ByteBuffer.allocate(18 + first.length)
                        .put("SCRAM-SHA-256\0".getBytes(UTF_8))
                        .putInt(first.length)
                        .put(first)
                        .array();
        Step.Ask ask = (Step.Ask) exchange.answer(body);
        String last = client.clientFinal(new String(ask.content(), UTF_8));
        return exchange.answer(last.getBytes(UTF_8));
    }

    @Test
    void theLogSaysWhyAPasswordDidNotFit() {
        assertThat(scram(Optional.of(VERIFIER), "geheim")).isInstanceOf(Step.Granted.class);
        assertThat(scram(Optional.of(PLAIN), "geheim")).isInstanceOf(Step.Granted.class);
        assertThat(why(scram(Optional.of(VERIFIER), "other"))).endsWith("the password is wrong");
        assertThat(why(scram(Optional.of(PLAIN), "other"))).endsWith("the password is wrong");
        assertThat(why(scram(Optional.of(HASH), "geheim")))
                .contains("is an MD5 hash: SCRAM needs a SCRAM secret");
        assertThat(why(scram(Optional.empty(), "geheim"))).contains("no such user");
        for (HbaMethod method : new HbaMethod[] {HbaMethod.PASSWORD, HbaMethod.MD5}) {
            Exchange wrong = exchange(method, HASH);
            wrong.begin();
            assertThat(why(wrong.answer(text("other")))).isEqualTo("the password is wrong");
            Exchange nobodys = exchange(method, Optional.empty());
            nobodys.begin();
            assertThat(why(nobodys.answer(text("other")))).contains("no such user");
        }
    }

    private static String why(Step step) {
        return ((Step.Refused) step).why();
    }

    @Test
    void nonsenseInsteadOfSaslIsRefused() {
        for (String body :
                new String[] {"", "\0", "SCRAM-SHA-1\0\0\0\0\0n,,n=,r=x", "SCRAM-SHA-256"}) {
            Exchange exchange = exchange(HbaMethod.SCRAM, PLAIN);
            exchange.begin();
            assertThat(exchange.answer(body.getBytes(UTF_8)))
                    .as(body)
                    .isInstanceOf(Step.Refused.class);
        }
        assertThat(exchange(HbaMethod.SCRAM, PLAIN).answer(new byte[0]))
                .isInstanceOf(Step.Refused.class);
    }

    @Test
    void userListsAreReadAsPgBouncerDoes() {
        UserList.Reading reading =
                UserList.parse(
                        """
                        ; comment
                        "anna" "geheim"
                        "o""dd" "p""w" ; more

                        "hash" "md5%s"
                        "none" ""
                        nonsense
                        "half" "offen
                        """
                                .formatted("a".repeat(32)),
                        "userlist.txt");
        assertThat(reading.list().users().keySet())
                .containsExactlyInAnyOrder("anna", "o\"dd", "hash", "none");
        assertThat(reading.list().passwordOf("hash").orElseThrow())
                .isInstanceOf(StoredPassword.Md5.class);
        assertThat(reading.list().passwordOf("none")).isEmpty();
        assertThat(reading.problems()).extracting("line").containsExactly(7, 8);
        assertThat(reading.toString()).doesNotContain("geheim", "offen");
    }
}

package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramSha256Test {
    // RFC 7677, section 3.
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String SERVER_FIRST =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private static final String SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static ScramSha256 exchange(String password) {
        return new ScramSha256(
                "user", new ScramKnowledge.Password(password), NONCE, ScramSha256.Binding.none());
    }

    @Test
    void theVectorOfRfc7677() {
        ScramSha256 scram = exchange("pencil");
        assertThat(scram.clientFirst()).isEqualTo("n,,n=user,r=" + NONCE);
        assertThat(scram.clientFinal(SERVER_FIRST))
                .isEqualTo(
                        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        scram.verify(SERVER_FINAL);
    }

    @Test
    void aServerThatDoesNotKnowThePasswordIsRefused() {
        ScramSha256 scram = exchange("other");
        scram.clientFinal(SERVER_FIRST);
        assertFails(() -> scram.verify(SERVER_FINAL), "did not prove");
        assertFails(() -> scram.verify("v="), "did not prove");
        assertFails(() -> scram.verify("e=invalid-proof"), "invalid-proof");
        assertFails(() -> exchange("pencil").verify(SERVER_FINAL), "did not prove");
        assertFails(() -> exchange("pencil").verify("v="), "did not prove");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
                "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
                "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999",
                "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
                "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=rOprNGfwEbeRWgbNEkqOx,s=*,i=4096",
                "m=must,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=rOprNGfwEbeRWgbNEkqOx",
                ""
            })
    void aWrongServerFirstMessageIsRefused(String serverFirst) {
        assertFails(() -> exchange("pencil").clientFinal(serverFirst), "");
    }

    /// The verifier was made with so many: nothing becomes cheaper to guess.
    @Test
    void aKeyFitsWhateverNumberItsVerifierHas() {
        byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
        ScramVerifier verifier = ScramVerifier.of("pencil", salt, 1);
        var key = new ScramKnowledge.Key(verifier, new byte[32]);
        var scram = new ScramSha256("user", key, NONCE, ScramSha256.Binding.none());
        assertThat(scram.clientFinal(SERVER_FIRST.replace("i=4096", "i=1"))).contains(",p=");
        assertFails(() -> scram.clientFinal(SERVER_FIRST), "another SCRAM secret");
    }

    @Test
    void anEmptyPasswordIsRefused() {
        assertFails(() -> exchange(""), "none is configured");
    }

    @Test
    void bindingGoesIntoTheFinalMessage() {
        var binding = ScramSha256.Binding.serverEndPoint(new byte[] {1, 2, 3});
        var scram = new ScramSha256("a=b,c", new ScramKnowledge.Password("pencil"), NONCE, binding);
        assertThat(scram.clientFirst()).isEqualTo("p=tls-server-end-point,,n=a=3Db=2Cc,r=" + NONCE);
        assertThat(scram.clientFinal(SERVER_FIRST))
                .startsWith("c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAQID,r=");
    }

    @Test
    void passwordsArePreparedAsRfc4013Says() {
        assertThat(SaslPrep.prepare("I\u00ADX")).isEqualTo("IX");
        assertThat(SaslPrep.prepare("USER")).isEqualTo("USER");
        assertThat(SaslPrep.prepare("\u00AA")).isEqualTo("a");
        assertThat(SaslPrep.prepare("\u2168")).isEqualTo("IX");
        assertThat(SaslPrep.prepare("a\u00A0b")).isEqualTo("a b");
        // Prohibited by RFC 4013: PostgreSQL then takes the password as it is.
        assertThat(SaslPrep.prepare("\u0007\u00AA")).isEqualTo("\u0007\u00AA");
        assertThat(SaslPrep.prepare("\u06271")).isEqualTo("\u06271");
    }

    @Test
    void md5IsPostgresqls() {
        assertThat(Md5Password.response(new Credentials("joe", "secret"), new byte[] {1, 2, 3, 4}))
                .isEqualTo("md5850be429f1fe77df3f603ac424abb440");
    }

    private static void assertFails(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class,
                        e -> assertThat(e.code()).isEqualTo(WireException.Code.WIRE_AUTHENTICATION))
                .hasMessageContaining(message);
    }
}

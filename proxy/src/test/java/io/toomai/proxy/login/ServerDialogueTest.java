package io.toomai.proxy.login;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Exchange;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.login.ServerDialogue.Step;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.wire.Md5Password;
import io.toomai.wire.ScramServer;
import io.toomai.wire.ScramVerifier;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The proxy's two ends of a login against each other: what it asks a client is what a server asks.
class ServerDialogueTest {
    private static final Secret PASSWORD = new Secret("geheim");
    private static final ScramVerifier VERIFIER = ScramVerifier.of("geheim", new byte[16], 4096);

    private static Exchange server(HbaMethod method, StoredPassword stored) {
        return new Exchange(
                new Exchange.Subject("anna", method, Optional.of(stored)),
                new Exchange.Means(
                        new byte[] {1, 2, 3, 4},
                        "nonce",
                        new byte[] {9},
                        4096,
                        Optional.empty(),
                        new ScramServer.Binding.Impossible()));
    }

    /// @return what the server grants in the end
    private static Exchange.Step login(Exchange server, Grant grant) {
        ServerDialogue proxy = new ServerDialogue("anna", grant);
        Exchange.Step step = server.begin();
        while (step instanceof Exchange.Step.Ask(int code, byte[] content)) {
            ByteBuf question = Unpooled.buffer().writeInt(code).writeBytes(content);
            Step answer = proxy.message((byte) 'R', question);
            assertThat(answer).isInstanceOf(Step.Send.class);
            ByteBuf sent = ((Step.Send) answer).message();
            assertThat(sent.readByte()).isEqualTo((byte) 'p');
            assertThat(sent.readInt()).isEqualTo(sent.readableBytes() + 4);
            step = server.answer(ByteBufUtil.getBytes(sent));
        }
        if (step instanceof Exchange.Step.Granted(_, Optional<byte[]> last) && last.isPresent()) {
            assertThat(
                            proxy.message(
                                    (byte) 'R',
                                    Unpooled.buffer().writeInt(12).writeBytes(last.get())))
                    .isInstanceOf(Step.Wait.class);
        }
        if (step instanceof Exchange.Step.Granted) {
            assertThat(proxy.message((byte) 'R', Unpooled.buffer().writeInt(0)))
                    .isInstanceOf(Step.Wait.class);
        }
        return step;
    }

    @Test
    void everyMethodWithThePassword() {
        Grant grant = new Grant.Password(PASSWORD);
        StoredPassword plain = new StoredPassword.Plain(PASSWORD);
        for (HbaMethod method :
                new HbaMethod[] {HbaMethod.PASSWORD, HbaMethod.MD5, HbaMethod.SCRAM}) {
            assertThat(login(server(method, plain), grant))
                    .as(method.word())
                    .isInstanceOf(Exchange.Step.Granted.class);
        }
        assertThat(login(server(HbaMethod.SCRAM, new StoredPassword.Scram(VERIFIER)), grant))
                .isInstanceOf(Exchange.Step.Granted.class);
        assertThat(login(server(HbaMethod.SCRAM, plain), new Grant.Password(new Secret("other"))))
                .isInstanceOf(Exchange.Step.Refused.class);
    }

    @Test
    void aHashOpensAnMd5Server() {
        Secret hash = new Secret(Md5Password.stored("anna", "geheim"));
        assertThat(login(server(HbaMethod.MD5, new StoredPassword.Md5(hash)), new Grant.Md5(hash)))
                .isInstanceOf(Exchange.Step.Granted.class);
    }

    @Test
    void whatAClientProvedOpensItsServer() {
        StoredPassword stored = new StoredPassword.Scram(VERIFIER);
        Exchange.Step proven = login(server(HbaMethod.SCRAM, stored), new Grant.Password(PASSWORD));
        Grant key = ((Exchange.Step.Granted) proven).grant();
        assertThat(key).isInstanceOf(Grant.ScramKey.class);
        assertThat(login(server(HbaMethod.SCRAM, stored), key))
                .isInstanceOf(Exchange.Step.Granted.class);
    }

    @Test
    void withoutThePasswordTheReasonIsTold() {
        ServerDialogue proxy = new ServerDialogue("anna", new Grant.Nothing());
        for (ByteBuf question :
                new ByteBuf[] {
                    Unpooled.buffer().writeInt(3),
                    Unpooled.buffer().writeInt(5).writeInt(1),
                    Unpooled.buffer().writeInt(10).writeBytes("SCRAM-SHA-256\0\0".getBytes(UTF_8))
                }) {
            assertThat(proxy.message((byte) 'R', question))
                    .isInstanceOfSatisfying(
                            Step.Failed.class,
                            failed -> assertThat(failed.message()).contains("anna"));
        }
    }

    @Test
    void aServerThatProvesNothingIsNotBelieved() {
        ServerDialogue proxy = new ServerDialogue("anna", new Grant.Password(PASSWORD));
        proxy.message(
                (byte) 'R',
                Unpooled.buffer().writeInt(10).writeBytes("SCRAM-SHA-256\0\0".getBytes(UTF_8)));
        assertThatThrownBy(() -> proxy.message((byte) 'R', Unpooled.buffer().writeInt(0)))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("proved");
    }

    @Test
    void aServerThatLetsNobodyInIsNotReady() {
        ServerDialogue silent = new ServerDialogue("anna", new Grant.Nothing());
        ByteBuf idle = Unpooled.buffer().writeByte('I');
        assertThatThrownBy(() -> silent.message((byte) 'Z', idle))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("let anybody in");
        ServerDialogue asked = new ServerDialogue("anna", new Grant.Password(PASSWORD));
        asked.message(
                (byte) 'R',
                Unpooled.buffer().writeInt(10).writeBytes("SCRAM-SHA-256\0\0".getBytes(UTF_8)));
        assertThatThrownBy(() -> asked.message((byte) 'Z', idle))
                .isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void theWelcome() {
        ServerDialogue proxy = new ServerDialogue("anna", new Grant.Nothing());
        proxy.message((byte) 'R', Unpooled.buffer().writeInt(0));
        proxy.message(
                (byte) 'S', Unpooled.wrappedBuffer("server_version\00015.1\0".getBytes(UTF_8)));
        proxy.message((byte) 'N', Unpooled.buffer());
        proxy.message((byte) 'K', Unpooled.buffer().writeInt(7).writeInt(8));
        assertThat(proxy.message((byte) 'Z', Unpooled.buffer().writeByte('I')))
                .isInstanceOfSatisfying(
                        Step.Ready.class,
                        ready -> {
                            assertThat(ready.welcome().parameters())
                                    .isEqualTo(Map.of("server_version", "15.1"));
                            assertThat(ready.welcome().process()).isEqualTo(7);
                            assertThat(ready.welcome().key()).hasSize(4);
                        });
    }

    @Test
    void aServerDoesNotSpeakOfItselfWithoutEnd() {
        ServerDialogue many = new ServerDialogue("anna", new Grant.Nothing());
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 10_000; i++) {
                                parameter(many, "name" + i, "");
                            }
                        })
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("501 parameters");
        ServerDialogue big = new ServerDialogue("anna", new Grant.Nothing());
        String value = "x".repeat(29_000);
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 100; i++) {
                                parameter(big, "name" + i, value);
                            }
                        })
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("10 parameters");
        ServerDialogue busy = new ServerDialogue("anna", new Grant.Nothing());
        for (int i = 0; i < 1_000; i++) {
            parameter(busy, "server_version", value);
        }
    }

    private static void parameter(ServerDialogue of, String name, String value) {
        of.message(
                (byte) 'S', Unpooled.wrappedBuffer((name + "\0" + value + "\0").getBytes(UTF_8)));
    }

    @Test
    void errorsInAnyForm() {
        assertThat(failure("SFATAL\0C57P03\0Mstarting up\0\0"))
                .isEqualTo(new Step.Failed("57P03", "starting up"));
        assertThat(failure("Mno code\0")).isEqualTo(new Step.Failed("XX000", "no code"));
        assertThat(failure("")).isEqualTo(new Step.Failed("XX000", ""));
        assertThatThrownBy(() -> failure("Mwithout end")).isInstanceOf(ProtocolViolation.class);
    }

    private static Step failure(String body) {
        return new ServerDialogue("anna", new Grant.Nothing())
                .message((byte) 'E', Unpooled.wrappedBuffer(body.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"user", "database"})
    void settingsDoNotSayWhoLogsIn(String name) {
        assertThatThrownBy(() -> ServerDialogue.startup("anna", "app", Map.of(name, "postgres")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

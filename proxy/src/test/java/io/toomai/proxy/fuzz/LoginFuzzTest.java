package io.toomai.proxy.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Exchange;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.HbaFile;
import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.auth.IdentFile;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.auth.UserList;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.login.ProxyHeader;
import io.toomai.proxy.login.ServerDialogue;
import io.toomai.proxy.login.StartupOptions;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.relay.ServerError;
import io.toomai.wire.Md5Password;
import io.toomai.wire.ScramServer;
import io.toomai.wire.ScramVerifier;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What strangers send before anybody knows them, on both sides: it is understood or refused in a
/// way that the proxy expects, and nobody gets in without the password.
public class LoginFuzzTest {
    private static final int CASES = 20_000;
    private static final Secret PASSWORD = new Secret("geheim");
    private static final ScramVerifier VERIFIER = ScramVerifier.of("geheim", new byte[16], 4096);

    private static final List<String> TEXTS =
            List.of(
                    "-c a=b --c-d=e\\ f",
                    "PROXY TCP4 192.0.2.1 192.0.2.2 4711 5432\r\n",
                    "host all all 10.0.0.0/8 scram-sha-256 map=\"a b\"\nlocal x,y @z peer\n",
                    "map /^(.*)@x$ \\1\n",
                    "\"user\" \"SCRAM-SHA-256$4096:AAAA$AAAA:AAAA\"\n",
                    "n,,n=,r=nonce",
                    "y,,n=anna,r=nonce",
                    "p=tls-server-end-point,,n=,r=nonce",
                    "c=biws,r=noncenonce,p=AAAA",
                    "r=nonce,s=AAAA,i=4096",
                    "v=AAAA",
                    "e=other-error");

    @Test
    void strangersAreUnderstoodOrRefused() {
        for (long seed = 1; seed <= CASES; seed++) {
            stranger(seed);
        }
    }

    /// One of them.
    public static void stranger(long seed) {
        Noise noise = new Noise(seed, TEXTS);
        try {
            switch (noise.below(7)) {
                case 0 -> opens(noise);
                case 1 -> header(noise);
                case 2 -> serverLetsIn(noise);
                case 3, 4 -> clientProves(noise);
                case 5 -> files(noise);
                default -> ServerError.read(Unpooled.wrappedBuffer(errorFields(noise)));
            }
        } catch (ProtocolViolation _) {
            // so it is told
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("login, seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static byte[] text(Noise noise) {
        byte[] text = noise.one(TEXTS).getBytes(UTF_8);
        return noise.oneIn(4) ? text : noise.mutated(text);
    }

    private static byte[] errorFields(Noise noise) {
        byte[] fields = Noise.text("VFATAL", "C57P01", "Mwords", "");
        return noise.oneIn(4) ? noise.bytes(noise.below(30)) : noise.mutated(fields);
    }

    private static void opens(Noise noise) {
        ByteBuf in = Unpooled.buffer();
        for (byte[] piece : noise.pieces(noise.opening("anna", "d"))) {
            in.writeBytes(piece);
            Optional<Opening> read = Opening.read(in);
            if (read.isPresent() && read.get() instanceof Opening.Start start) {
                StartupOptions.parse(start.parameters().getOrDefault("options", ""));
            }
        }
    }

    private static void header(Noise noise) {
        byte[] binary =
                Noise.concat(
                        "\r\n\r\n\0\r\nQUIT\n".getBytes(UTF_8),
                        new byte[] {0x21, 0x11, 0, 12},
                        noise.bytes(12));
        byte[] whole = noise.oneIn(2) ? text(noise) : binary;
        ByteBuf in = Unpooled.buffer();
        for (byte[] piece : noise.pieces(noise.oneIn(3) ? whole : noise.mutated(whole))) {
            in.writeBytes(piece);
            ProxyHeader.read(in);
        }
    }

    private static void files(Noise noise) {
        String text = new String(text(noise), UTF_8);
        HbaFile.parse(text, "hba");
        IdentFile.parse(text, "ident");
        UserList.parse(text, "users");
    }

    /// A server that cannot know the password: the proxy may take its word only where it asked for
    /// no proof, and must not before it has said OK.
    private static void serverLetsIn(Noise noise) {
        ServerDialogue proxy = new ServerDialogue("anna", new Grant.Password(PASSWORD));
        boolean asked = false;
        boolean said = false;
        for (int messages = noise.below(8); messages > 0; messages--) {
            byte[] one = serverMessage(noise);
            byte type = one[0];
            byte[] body = Arrays.copyOfRange(one, 5, one.length);
            ServerDialogue.Step step = proxy.message(type, Unpooled.wrappedBuffer(body));
            int code = type == 'R' && body.length >= 4 ? new BigInteger(body, 0, 4).intValue() : -1;
            said |= code == 0;
            asked |= code == 10 && step instanceof ServerDialogue.Step.Send;
            if (step instanceof ServerDialogue.Step.Ready && (asked || !said)) {
                throw new AssertionError("a server that proved nothing is believed");
            }
            if (step instanceof ServerDialogue.Step.Failed) {
                return;
            }
        }
    }

    private static byte[] serverMessage(Noise noise) {
        byte[] one =
                switch (noise.below(6)) {
                    case 0 ->
                            Noise.message(
                                    'R',
                                    Noise.concat(
                                            new byte[] {0, 0, 0, 10},
                                            Noise.text("SCRAM-SHA-256", "")));
                    case 1 ->
                            Noise.message(
                                    'R',
                                    Noise.concat(
                                            new byte[] {0, 0, 0, (byte) (11 + noise.below(2))},
                                            text(noise)));
                    case 2 -> Noise.message('R', new byte[4]);
                    case 3 -> Noise.message('Z', new byte[] {'I'});
                    default -> noise.fromServer();
                };
        byte[] changed = noise.oneIn(4) ? noise.mutated(one) : one;
        return changed.length < 5 ? one : changed;
    }

    private static void clientProves(Noise noise) {
        HbaMethod method = noise.one(List.of(HbaMethod.PASSWORD, HbaMethod.MD5, HbaMethod.SCRAM));
        Optional<StoredPassword> stored =
                noise.one(
                        List.<Optional<StoredPassword>>of(
                                Optional.empty(),
                                Optional.of(new StoredPassword.Plain(PASSWORD)),
                                Optional.of(new StoredPassword.Scram(VERIFIER)),
                                Optional.of(
                                        new StoredPassword.Md5(
                                                new Secret(
                                                        Md5Password.stored("anna", "geheim"))))));
        Exchange exchange =
                new Exchange(
                        new Exchange.Subject("anna", method, stored),
                        new Exchange.Means(
                                new byte[] {1, 2, 3, 4},
                                "nonce",
                                new byte[] {9},
                                4096,
                                Optional.of(VERIFIER),
                                noise.oneIn(2)
                                        ? new ScramServer.Binding.Impossible()
                                        : ScramServer.Binding.Offered.of(new byte[32])));
        Exchange.Step step = exchange.begin();
        for (int turns = 0; step instanceof Exchange.Step.Ask && turns < 4; turns++) {
            step = exchange.answer(clientAnswer(noise));
        }
        if (step instanceof Exchange.Step.Granted) {
            throw new AssertionError("a stranger got in");
        }
    }

    private static byte[] clientAnswer(Noise noise) {
        byte[] message = text(noise);
        byte[] first =
                Noise.concat(
                        Noise.text(noise.oneIn(3) ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"),
                        new byte[] {0, 0, 0, (byte) message.length},
                        message);
        return switch (noise.below(4)) {
            case 0 -> message;
            case 1 -> noise.mutated(first);
            default -> first;
        };
    }
}

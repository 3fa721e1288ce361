package io.toomai.proxy.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.session.Parameters;
import io.toomai.wire.Md5Password;
import io.toomai.wire.ScramKnowledge;
import io.toomai.wire.ScramSha256;
import io.toomai.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The proxy's login at a server, from StartupMessage to the first ReadyForQuery. One object per
/// connection; not thread safe.
public final class ServerDialogue {
    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final String PLAIN = "SCRAM-SHA-256";
    private static final String PLUS = "SCRAM-SHA-256-PLUS";

    private final String user;
    private final Grant grant;
    private final Map<String, String> parameters = new LinkedHashMap<>();

    /// All names and values together, in characters.
    private long parametersLength;

    private Optional<ScramSha256> scram = Optional.empty();
    private Optional<byte[]> binding = Optional.empty();
    private Trust trust = Trust.NOT_YET;
    private int process;
    private byte[] key = new byte[0];

    /// What comes next.
    public sealed interface Step {
        record Wait() implements Step {}

        record Send(ByteBuf message) implements Step {}

        record Ready(Welcome welcome) implements Step {}

        /// The server refuses.
        ///
        /// @param code SQLSTATE
        record Failed(String code, String message) implements Step {}
    }

    /// A server that asked for SCRAM must prove that it knows the password before it may say OK.
    private enum Trust {
        NOT_YET,
        OWES_PROOF,
        PROVEN,
        /// It has said OK.
        LET_IN
    }

    /// @param grant with what the proxy logs in
    public ServerDialogue(String user, Grant grant) {
        this.user = user;
        this.grant = grant;
    }

    /// @param more settings of the session, by name, and the wish to replicate
    /// @throws IllegalArgumentException if they name a user or a database: the server would let the
    ///   client in as somebody else than it has proven to be
    public static ByteBuf startup(String user, String database, Map<String, String> more) {
        if (more.containsKey("user") || more.containsKey("database")) {
            throw new IllegalArgumentException("settings cannot say who logs in, or where");
        }
        ByteBuf out = Unpooled.buffer();
        out.writeInt(0).writeInt(PROTOCOL_3_0);
        text(out, "user");
        text(out, user);
        text(out, "database");
        text(out, database);
        more.forEach((name, value) -> {
            text(out, name);
            text(out, value);
        });
        out.writeByte(0);
        return out.setInt(0, out.writerIndex());
    }

    /// There is a TLS session beneath, to which a SCRAM exchange can be bound.
    ///
    /// @param endPoint the hash of the server's certificate, where there is one
    public void isOver(Optional<byte[]> endPoint) {
        binding = endPoint;
    }

    /// Whether the answer to that message takes milliseconds of computing.
    public boolean isCostly(byte type, ByteBuf body) {
        return type == 'R'
                && body.readableBytes() >= 4
                && body.getInt(body.readerIndex()) == 11
                && grant instanceof Grant.Password;
    }

    /// A message of the server's.
    ///
    /// @param body without type and length; stays the caller's
    /// @throws ProtocolViolation when it has no place here
    public Step message(byte type, ByteBuf body) {
        return switch (type) {
            case 'R' -> authentication(body);
            case 'S' -> {
                parameter(text(body), text(body));
                yield new Step.Wait();
            }
            case 'K' -> {
                if (body.readableBytes() < 8) {
                    throw new ProtocolViolation("BackendKeyData is too short");
                }
                process = body.readInt();
                key = ByteBufUtil.getBytes(body);
                yield new Step.Wait();
            }
            case 'Z' -> ready();
            case 'E' -> failed(body);
            case 'N', 'v' -> new Step.Wait();
            default ->
                    throw new ProtocolViolation(
                            "the server sent a message of type "
                                    + (type & 0xff)
                                    + " during the login");
        };
    }

    private void parameter(String name, String value) {
        String before = parameters.put(name, value);
        parametersLength +=
                before == null ? name.length() + value.length() : value.length() - before.length();
        Parameters.mustBeFew(parameters.size(), parametersLength);
    }

    private Step ready() {
        if (trust != Trust.LET_IN) {
            throw new ProtocolViolation("the server is ready before it has let anybody in");
        }
        return new Step.Ready(new Welcome(parameters, process, key));
    }

    private Step authentication(ByteBuf body) {
        if (body.readableBytes() < 4) {
            throw new ProtocolViolation("an Authentication message is too short");
        }
        try {
            int code = body.readInt();
            return switch (code) {
                case 0 -> {
                    if (trust == Trust.OWES_PROOF) {
                        throw new ProtocolViolation(
                                "the server said OK before it proved that it knows the password");
                    }
                    trust = Trust.LET_IN;
                    yield new Step.Wait();
                }
                case 3 -> new Step.Send(password(passwordOf().reveal()));
                case 5 -> new Step.Send(password(md5(body)));
                case 10 -> new Step.Send(begin(body));
                case 11 -> new Step.Send(proof(rest(body)));
                case 12 -> {
                    scram.orElseThrow(ServerDialogue::outOfOrder).verify(rest(body));
                    trust = Trust.PROVEN;
                    yield new Step.Wait();
                }
                default ->
                        throw new ProtocolViolation(
                                "the server asks for authentication method "
                                        + code
                                        + ", which is not supported");
            };
        } catch (WireException e) {
            return new Step.Failed("28P01", String.valueOf(e.getMessage()));
        }
    }

    private Secret passwordOf() {
        if (grant instanceof Grant.Password(Secret password)) {
            return password;
        }
        throw new WireException(
                WireException.Code.WIRE_AUTHENTICATION,
                "the server wants the password of " + user + ", which is not known here");
    }

    private String md5(ByteBuf body) {
        if (body.readableBytes() != 4) {
            throw new ProtocolViolation("an md5 salt of " + body.readableBytes() + " bytes");
        }
        byte[] salt = ByteBufUtil.getBytes(body);
        return switch (grant) {
            case Grant.Md5(Secret hash) -> Md5Password.salted(hash.reveal(), salt);
            case Grant.Password(Secret password) ->
                    Md5Password.salted(Md5Password.stored(user, password.reveal()), salt);
            case Grant.ScramKey _ -> throw unknown();
            case Grant.Nothing _ -> throw unknown();
        };
    }

    private ByteBuf begin(ByteBuf body) {
        List<String> offered = Stream.of(rest(body).split("\0", -1)).toList();
        if (!offered.contains(PLAIN)) {
            throw new ProtocolViolation("the server offers no SASL mechanism that is known");
        }
        ScramKnowledge knowledge =
                switch (grant) {
                    case Grant.Password(Secret password) ->
                            new ScramKnowledge.Password(password.reveal());
                    case Grant.ScramKey(var verifier, var clientKey) ->
                            new ScramKnowledge.Key(verifier, clientKey);
                    case Grant.Md5 _ -> throw unknown();
                    case Grant.Nothing _ -> throw unknown();
                };
        boolean plus = binding.isPresent() && offered.contains(PLUS);
        ScramSha256 exchange =
                new ScramSha256(
                        "",
                        knowledge,
                        ScramSha256.freshNonce(),
                        plus
                                ? ScramSha256.Binding.serverEndPoint(binding.get())
                                : binding.isPresent()
                                        ? ScramSha256.Binding.notOffered()
                                        : ScramSha256.Binding.none());
        scram = Optional.of(exchange);
        trust = Trust.OWES_PROOF;
        byte[] first = exchange.clientFirst().getBytes(StandardCharsets.UTF_8);
        ByteBuf out = opened();
        text(out, plus ? PLUS : PLAIN);
        out.writeInt(first.length).writeBytes(first);
        return closed(out);
    }

    private ByteBuf proof(String serverFirst) {
        ScramSha256 exchange = scram.orElseThrow(ServerDialogue::outOfOrder);
        ByteBuf out = opened();
        out.writeBytes(exchange.clientFinal(serverFirst).getBytes(StandardCharsets.UTF_8));
        return closed(out);
    }

    private WireException unknown() {
        return new WireException(
                WireException.Code.WIRE_AUTHENTICATION,
                "the server wants a password of " + user + " in a form that is not known here");
    }

    private static ProtocolViolation outOfOrder() {
        return new ProtocolViolation("the server's SASL messages are out of order");
    }

    private static Step failed(ByteBuf body) {
        ServerError error = ServerError.read(body);
        return new Step.Failed(error.code(), error.message());
    }

    private static ByteBuf password(String text) {
        ByteBuf out = opened();
        text(out, text);
        return closed(out);
    }

    private static ByteBuf opened() {
        return Unpooled.buffer().writeByte('p').writeInt(0);
    }

    private static ByteBuf closed(ByteBuf out) {
        return out.setInt(1, out.writerIndex() - 1);
    }

    private static void text(ByteBuf out, String text) {
        ByteBufUtil.writeUtf8(out, text);
        out.writeByte(0);
    }

    private static String text(ByteBuf body) {
        int length = body.bytesBefore((byte) 0);
        if (length < 0) {
            throw new ProtocolViolation("a text in a message does not end");
        }
        String text = body.readCharSequence(length, StandardCharsets.UTF_8).toString();
        body.skipBytes(1);
        return text;
    }

    private static String rest(ByteBuf body) {
        return body.readCharSequence(body.readableBytes(), StandardCharsets.UTF_8).toString();
    }
}

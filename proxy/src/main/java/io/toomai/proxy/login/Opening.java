package io.toomai.proxy.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.toomai.proxy.relay.ProtocolViolation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The first message of a connection, which has no type (PostgreSQL: "Message Formats").
public sealed interface Opening {
    /// PostgreSQL's limit.
    int LONGEST = 10_000;

    /// "Shall we speak TLS?"
    record SslRequest() implements Opening {}

    /// "Shall we encrypt by GSSAPI?"
    record GssRequest() implements Opening {}

    /// To cancel what another connection does.
    ///
    /// @param key of any length from 4 to 256 bytes; a secret
    @SuppressWarnings("ArrayRecordComponent") // looked up once, never compared
    record Cancel(int process, byte[] key) implements Opening {
        @Override
        public String toString() {
            return "Cancel";
        }
    }

    /// A session begins.
    ///
    /// @param minor of protocol 3
    /// @param parameters by name, in the client's order, without the protocol's own options
    /// @param unknownOptions names that begin with `_pq_.`
    record Start(int minor, Map<String, String> parameters, List<String> unknownOptions)
            implements Opening {
        public String user() {
            return parameters.getOrDefault("user", "");
        }

        /// By default the user's name.
        public String database() {
            return Optional.ofNullable(parameters.get("database"))
                    .filter(name -> !name.isEmpty())
                    .orElseGet(this::user);
        }
    }

    /// Reads it, once all of it is there.
    ///
    /// @return nothing while bytes are missing; then none were taken
    /// @throws ProtocolViolation when it is none
    static Optional<Opening> read(ByteBuf in) {
        if (in.readableBytes() < 4) {
            return Optional.empty();
        }
        int length = in.getInt(in.readerIndex());
        if (length < 8 || length > LONGEST) {
            throw new ProtocolViolation("invalid length of startup packet");
        }
        if (in.readableBytes() < length) {
            return Optional.empty();
        }
        ByteBuf packet = in.readSlice(length).skipBytes(4);
        int major = packet.readUnsignedShort();
        int minor = packet.readUnsignedShort();
        if (major == 1234) {
            return Optional.of(special(minor, packet));
        }
        if (major != 3) {
            throw new ProtocolViolation(
                    "unsupported frontend protocol "
                            + major
                            + "."
                            + minor
                            + ": server supports 3.0 to 3.2");
        }
        return Optional.of(start(minor, packet));
    }

    private static Opening special(int code, ByteBuf packet) {
        return switch (code) {
            case 5678 -> cancel(packet);
            case 5679 -> bare(packet, new SslRequest());
            case 5680 -> bare(packet, new GssRequest());
            default -> throw new ProtocolViolation("unsupported frontend protocol 1234." + code);
        };
    }

    private static Opening cancel(ByteBuf packet) {
        if (packet.readableBytes() < 8 || packet.readableBytes() > 4 + 256) {
            throw new ProtocolViolation("invalid length of cancel request packet");
        }
        int process = packet.readInt();
        return new Cancel(process, ByteBufUtil.getBytes(packet));
    }

    private static Opening bare(ByteBuf packet, Opening request) {
        if (packet.isReadable()) {
            throw new ProtocolViolation("invalid length of startup packet");
        }
        return request;
    }

    private static Start start(int minor, ByteBuf packet) {
        Map<String, String> parameters = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        String name = text(packet);
        while (!name.isEmpty()) {
            String value = text(packet);
            if (name.startsWith("_pq_.")) {
                unknown.add(name);
            } else {
                parameters.put(name, value); // the last one counts, as in PostgreSQL
            }
            name = text(packet);
        }
        if (packet.isReadable()) {
            throw new ProtocolViolation(
                    "invalid startup packet layout: expected terminator as last byte");
        }
        Start start = new Start(minor, parameters, unknown);
        if (start.user().isEmpty()) {
            throw new ProtocolViolation("no PostgreSQL user name specified in startup packet");
        }
        return start;
    }

    private static String text(ByteBuf packet) {
        int length = packet.bytesBefore((byte) 0);
        if (length < 0) {
            throw new ProtocolViolation(
                    "invalid startup packet layout: expected terminator as last byte");
        }
        String text = packet.readCharSequence(length, StandardCharsets.UTF_8).toString();
        packet.skipBytes(1);
        return text;
    }
}

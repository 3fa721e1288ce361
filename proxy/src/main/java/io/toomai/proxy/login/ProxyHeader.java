package io.toomai.proxy.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.toomai.proxy.auth.AddressRange;
import io.toomai.proxy.relay.ProtocolViolation;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The header by which a balancer tells for whom it connects (HAProxy's PROXY protocol, versions 1
/// and 2). It is whole before the first byte of the client's.
public sealed interface ProxyHeader {
    /// The connection is somebody's.
    record Client(InetAddress address, int port) implements ProxyHeader {}

    /// It is the balancer's own, such as a check, or of a kind that has no address.
    record Own() implements ProxyHeader {}

    /// Reads it, once all of it is there.
    ///
    /// @return nothing while bytes are missing; then none were taken
    /// @throws ProtocolViolation when it is none
    static Optional<ProxyHeader> read(ByteBuf in) {
        if (!in.isReadable()) {
            return Optional.empty();
        }
        return in.getByte(in.readerIndex()) == 'P' ? Text.read(in) : Binary.read(in);
    }

    /// Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 4711 5432` and a line's end.
    final class Text {
        private static final int LONGEST = 107;

        private Text() {}

        private static Optional<ProxyHeader> read(ByteBuf in) {
            int end = in.bytesBefore((byte) '\n');
            if (end < 0 && in.readableBytes() < LONGEST) {
                return Optional.empty();
            }
            if (end < 1 || end >= LONGEST || in.getByte(in.readerIndex() + end - 1) != '\r') {
                throw none();
            }
            String line = in.readCharSequence(end - 1, StandardCharsets.US_ASCII).toString();
            in.skipBytes(2);
            String[] words = line.split(" ", -1);
            if (!words[0].equals("PROXY") || words.length < 2) {
                throw none();
            }
            if (words[1].equals("UNKNOWN")) {
                return Optional.of(new Own());
            }
            boolean known = words[1].equals("TCP4") || words[1].equals("TCP6");
            if (!known || words.length != 6 || !words[4].matches("\\d{1,5}")) {
                throw none();
            }
            InetAddress address =
                    AddressRange.literal(words[2]).orElseThrow(ProxyHeader.Text::none);
            return Optional.of(new Client(address, Integer.parseInt(words[4])));
        }

        private static ProtocolViolation none() {
            return new ProtocolViolation("the PROXY header is malformed");
        }
    }

    /// Version 2: a signature, kinds, a length, addresses, and fields that are skipped.
    final class Binary {
        private static final byte[] SIGNATURE = {
            0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
        };

        private static final int FIXED = 16;
        private static final int LONGEST = 4096;

        private Binary() {}

        private static Optional<ProxyHeader> read(ByteBuf in) {
            int there = Math.min(in.readableBytes(), SIGNATURE.length);
            byte[] first = ByteBufUtil.getBytes(in, in.readerIndex(), there);
            if (!Arrays.equals(first, Arrays.copyOf(SIGNATURE, there))) {
                throw new ProtocolViolation(
                        "a connection from one of proxy_protocol_networks must begin with a PROXY"
                                + " header");
            }
            if (in.readableBytes() < FIXED) {
                return Optional.empty();
            }
            int length = in.getUnsignedShort(in.readerIndex() + 14);
            if (length > LONGEST) {
                throw new ProtocolViolation("the PROXY header is too long");
            }
            if (in.readableBytes() < FIXED + length) {
                return Optional.empty();
            }
            ByteBuf header = in.readSlice(FIXED + length).skipBytes(SIGNATURE.length);
            int command = header.readUnsignedByte();
            int family = header.readUnsignedByte() >> 4;
            header.skipBytes(2);
            return Optional.of(
                    switch (command) {
                        case 0x20 -> new Own();
                        case 0x21 -> client(family, header);
                        default -> throw new ProtocolViolation("the PROXY header is malformed");
                    });
        }

        private static ProxyHeader client(int family, ByteBuf addresses) {
            int size =
                    switch (family) {
                        case 1 -> 4;
                        case 2 -> 16;
                        default -> 0;
                    };
            if (size == 0) {
                return new Own();
            }
            if (addresses.readableBytes() < 2 * size + 4) {
                throw new ProtocolViolation("the PROXY header is malformed");
            }
            byte[] source = new byte[size];
            addresses.readBytes(source).skipBytes(size);
            try {
                return new Client(InetAddress.getByAddress(source), addresses.readUnsignedShort());
            } catch (UnknownHostException e) {
                throw new IllegalStateException("addresses have 4 or 16 bytes", e);
            }
        }
    }
}

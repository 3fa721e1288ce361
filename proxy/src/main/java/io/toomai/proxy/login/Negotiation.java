package io.toomai.proxy.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/// What a client hears that asks for more of the protocol than is spoken here (PostgreSQL:
/// "NegotiateProtocolVersion").
public final class Negotiation {
    /// The newest minor version of protocol 3 that is spoken with clients.
    private static final int NEWEST_MINOR = 2;

    private static final int MAJOR = 3 << 16;

    private Negotiation() {}

    /// What is spoken with that client.
    public static int minor(Opening.Start start) {
        return Math.min(start.minor(), NEWEST_MINOR);
    }

    /// Goes out before anything else; nothing for a client that asks for no more than there is.
    public static Optional<ByteBuf> answer(Opening.Start start) {
        if (start.minor() <= NEWEST_MINOR && start.unknownOptions().isEmpty()) {
            return Optional.empty();
        }
        ByteBuf out = Unpooled.buffer();
        out.writeByte('v').writeInt(0);
        out.writeInt(MAJOR | minor(start));
        out.writeInt(start.unknownOptions().size());
        start.unknownOptions()
                .forEach(name -> {
                    ByteBufUtil.writeUtf8(out, name);
                    out.writeByte(0);
                });
        return Optional.of(out.setInt(1, out.writerIndex() - 1));
    }
}

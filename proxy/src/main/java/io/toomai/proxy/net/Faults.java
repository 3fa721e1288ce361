package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.handler.codec.DecoderException;
import io.toomai.proxy.relay.ProtocolViolation;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was thrown where a connection, or time, is dealt with. The network and TLS may fail; all
/// else is a fault of Toomai's own, which costs one connection and must be seen.
final class Faults {
    private static final Logger log = LoggerFactory.getLogger(Faults.class);

    private Faults() {}

    /// The connection ends.
    static void end(Channel channel, Throwable cause) {
        report(channel, cause);
        Sending.close(channel);
    }

    static void report(Channel channel, Throwable cause) {
        if (!isOfThePeer(cause)) {
            log.error(
                    "proxy: a fault of Toomai's own ends the connection with {}; all others go on."
                            + " Please report it",
                    channel.remoteAddress(),
                    cause);
        }
    }

    /// What is done a few times each second, and must go on whatever happens.
    static Runnable outlive(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                log.error(
                        "proxy: a fault of Toomai's own in what it does by time; it goes on."
                                + " Please report it",
                        e);
            }
        };
    }

    /// What was the matter with a connection, for those who read logs: of an exception and its
    /// causes the last that says something.
    static String why(Throwable fault) {
        String why =
                switch (fault) {
                    case ClosedChannelException _ -> "the connection has ended";
                    case FileNotFoundException _ -> "there is no such socket";
                    default -> fault.getClass().getSimpleName();
                };
        for (Throwable each = fault; each != null; each = each.getCause()) {
            if (each.getMessage() != null) {
                why = each.getMessage();
            }
        }
        return withoutCall(why);
    }

    /// Netty's native transports name the system's call first, as in `connect(..) failed with
    /// error(-111): Connection refused`.
    private static String withoutCall(String text) {
        int end = text.lastIndexOf("): ");
        return end < 0 ? text : text.substring(end + 3);
    }

    /// A [DecoderException] is how Netty's TLS tells of bytes that are none; a
    /// [NotYetConnectedException] is what it makes of a peer that was gone as soon as it came.
    private static boolean isOfThePeer(Throwable cause) {
        return cause instanceof IOException
                || cause instanceof ProtocolViolation
                || cause instanceof DecoderException
                || cause instanceof NotYetConnectedException;
    }
}

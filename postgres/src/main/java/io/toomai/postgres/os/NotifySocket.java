package io.toomai.postgres.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The socket on which a service manager hears its services (`sd_notify(3)`): one datagram a
/// message, which nobody answers. Never waits. Thread-safe.
public final class NotifySocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 0x80002;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x4040;
    private static final int MAX_NAME = 107; // sun_path has 108 bytes, the last one is a zero

    private final byte[] address;

    private NotifySocket(byte[] address) {
        this.address = address;
    }

    /// @param name a path, or with `@` in front a name in Linux' abstract namespace
    /// @throws IllegalArgumentException for a name that is neither, or too long
    public static NotifySocket named(String name) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = name.startsWith("@");
        if (!(isAbstract || name.startsWith("/")) || path.length > MAX_NAME) {
            throw new IllegalArgumentException("no socket is named so: " + name);
        }
        if (isAbstract) {
            path[0] = 0;
        }
        // An abstract name ends where the address ends, a path at its first zero.
        ByteBuffer address =
                ByteBuffer.allocate(Short.BYTES + path.length + (isAbstract ? 0 : 1))
                        .order(ByteOrder.nativeOrder())
                        .putShort((short) AF_UNIX)
                        .put(path);
        return new NotifySocket(address.array());
    }

    /// @param message assignments, one a line, such as `READY=1`
    public Errno tell(String message) {
        int descriptor = LinuxCalls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC);
        if (descriptor < 0) {
            return new Errno(-descriptor);
        }
        try {
            return new Errno(
                    LinuxCalls.sendTo(
                            descriptor,
                            message.getBytes(StandardCharsets.UTF_8),
                            MSG_DONTWAIT_NOSIGNAL,
                            address));
        } finally {
            LinuxCalls.close(descriptor);
        }
    }
}

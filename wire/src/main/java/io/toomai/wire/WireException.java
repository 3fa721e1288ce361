package io.toomai.wire;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A replication connection or a base backup failed. What was asked may or may not have happened on
/// the server; a backup that threw is not a backup.
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;
    private final @Nullable ServerError server;

    /// Stable codes for logs, metrics and documentation.
    public enum Code {
        /// No connection could be made: name not found, refused, or too late.
        WIRE_CONNECT,
        /// The server was silent for longer than the read timeout.
        WIRE_TIMEOUT,
        /// The connection was lost, or closed by this process (cancellation).
        WIRE_CLOSED,
        /// TLS was required and is not offered, or its handshake or verification failed.
        WIRE_TLS,
        /// Wrong credentials, a method that is not supported, or a server that cannot prove itself.
        WIRE_AUTHENTICATION,
        /// A message that should not be possible.
        WIRE_PROTOCOL,
        /// The server answered with an error; see [#server()].
        WIRE_SERVER_ERROR,
        /// The server's version or settings do not allow what was asked.
        WIRE_UNSUPPORTED,
        /// The tar stream of a backup is broken or contains what must not be unpacked.
        WIRE_ARCHIVE,
        /// The target directory of a backup cannot be used, e.g. it is not empty.
        WIRE_TARGET,
        /// No space is left where the backup is written.
        WIRE_DISK_FULL,
        /// A file of the backup could not be written.
        WIRE_FILE
    }

    public WireException(Code code, String message) {
        super(message);
        this.code = code;
        this.server = null;
    }

    public WireException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.server = null;
    }

    WireException(Code code, String message, ServerError server) {
        super(message);
        this.code = code;
        this.server = server;
    }

    public Code code() {
        return code;
    }

    /// What the server said, when this failure is the server's answer.
    public Optional<ServerError> server() {
        return Optional.ofNullable(server);
    }

    /// The server's five-character SQLSTATE, when this failure is the server's answer.
    public Optional<String> sqlState() {
        return server().map(ServerError::sqlState);
    }
}

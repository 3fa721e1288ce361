package io.toomai.postgres;

/// A failure outside of this program while it dealt with the local PostgreSQL. The message says
/// what happened to which file, program or server and what the operator may do; the code is stable.
public final class PostgresException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    public PostgresException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public PostgresException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /// What kind of failure it was.
    public enum Code {
        /// No complete installation of PostgreSQL was found.
        BINARIES_MISSING,
        /// The programs are of another major version than the data directory, or not supported.
        BINARIES_WRONG_VERSION,
        /// A program could not be started, failed, or did not end in time.
        PROGRAM_FAILED,
        /// A file or directory could not be read or written.
        FILE,
        /// No space is left on the device.
        DISK_FULL,
        /// The server refused the connection: nobody listens.
        REFUSED,
        /// The server is starting up or shutting down.
        NOT_READY,
        /// Nothing was answered in time.
        TIMEOUT,
        /// The server did not accept user or password.
        AUTHENTICATION,
        /// The server answered with an error.
        SQL,
        /// The connection broke.
        CONNECTION_LOST,
        /// The other server belongs to another cluster.
        WRONG_SYSTEM,
        /// An option that Toomai sets itself was given by the operator.
        FORBIDDEN_OPTION,
        /// The work was told to stop.
        INTERRUPTED
    }
}

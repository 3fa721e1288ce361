package io.toomai.dcs;

import java.util.Objects;

/// The store did not answer, or not with anything usable. What was asked may or may not have
/// happened.
public final class DcsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    /// Stable codes for logs, metrics and documentation.
    public enum Code {
        /// No answer within the deadline.
        DCS_TIMEOUT,
        /// No connection to any server of the store, or it was lost during the call.
        DCS_CONNECTION,
        /// The session or lease of this process is over; the next call works on a new one.
        DCS_SESSION_EXPIRED,
        /// Wrong credentials or missing rights.
        DCS_DENIED,
        /// An answer that should not be possible.
        DCS_PROTOCOL,
        /// The store inside this process cannot start with these settings.
        DCS_EMBEDDED
    }

    public DcsException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public DcsException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /// Never null: every constructor takes one.
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    public Code code() {
        return code;
    }
}

package io.toomai.api;

/// Something outside failed the REST API: a file, a port. The message says what happened, to which
/// file or address, and what the operator may do.
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Code code;

    public ApiException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ApiException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /// What failed; stable.
    public enum Code {
        API_LISTEN_FAILED,
        API_CERTIFICATE_UNUSABLE
    }
}

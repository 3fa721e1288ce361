package io.toomai.cli.demo;

import java.io.Serial;

/// Why the demo cannot start or go on; the message is for the operator.
public final class DemoException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    private final Code code;

    public DemoException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /// Stable codes.
    public enum Code {
        NO_POSTGRES,
        NO_FOLDER,
        NO_PORTS,
        NOT_STARTED,
        NOT_HEALTHY,
        INTERRUPTED
    }

    public Code code() {
        return code;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? code.name() : message;
    }
}

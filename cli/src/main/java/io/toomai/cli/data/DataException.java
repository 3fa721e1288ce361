package io.toomai.cli.data;

import java.io.Serial;

/// Text that should have been JSON or YAML and is not; the message says what is wrong with it.
public final class DataException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}

package io.toomai.cli.command;

import java.io.Serial;

/// The command line makes no sense; exit code 2.
public final class UsageException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    public UsageException(String message) {
        super(message);
    }
}

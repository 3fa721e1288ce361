package io.toomai.cli;

import java.io.Serial;

/// Why a command cannot go on. The message is for the operator and is printed after `Error: `.
public final class CliException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    private final Code code;

    public CliException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /// Stable codes; tests and scripts may rely on them.
    public enum Code {
        /// The operator said no, or there was nobody to ask.
        ABORTED,
        /// The request makes no sense for this cluster.
        REFUSED,
        /// Nothing says which cluster is meant.
        NO_CLUSTER,
        /// No member of the cluster answers, or the store does not.
        NO_ANSWER,
        /// A file cannot be read or used.
        BAD_FILE,
        /// A member answered something that cannot be understood.
        BAD_ANSWER,
        /// A member said no, or the action failed there.
        FAILED
    }

    public Code code() {
        return code;
    }

    public static CliException refused(String message) {
        return new CliException(Code.REFUSED, message);
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? code.name() : message;
    }
}

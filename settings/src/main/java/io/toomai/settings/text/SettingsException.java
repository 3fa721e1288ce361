package io.toomai.settings.text;

/// A text that somebody promised to be valid is not, or a file cannot be read.
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    public SettingsException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public SettingsException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /// Stable names for what went wrong.
    public enum Code {
        INVALID_JSON,
        INVALID_YAML
    }
}

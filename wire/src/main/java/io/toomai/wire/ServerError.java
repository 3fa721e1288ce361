package io.toomai.wire;

import java.io.Serializable;
import java.util.Set;

/// The fields of an ErrorResponse. Fields that the server left out are empty; `sqlState` and
/// `message` are always sent by PostgreSQL. Severity is the untranslated one.
public record ServerError(
        String severity, String sqlState, String message, String detail, String hint)
        implements Serializable {
    private static final Set<String> ENDS_THE_SESSION = Set.of("FATAL", "PANIC");

    static ServerError parse(Payload payload) {
        String localSeverity = "";
        String severity = "";
        String sqlState = "";
        String message = "";
        String detail = "";
        String hint = "";
        for (byte field = payload.int8(); field != 0; field = payload.int8()) {
            String value = payload.cstring();
            switch (field) {
                case 'S' -> localSeverity = value;
                case 'V' -> severity = value;
                case 'C' -> sqlState = value;
                case 'M' -> message = value;
                case 'D' -> detail = value;
                case 'H' -> hint = value;
                default -> {
                    // The protocol asks clients to ignore fields that they do not know.
                }
            }
        }
        return new ServerError(
                severity.isEmpty() ? localSeverity : severity, sqlState, message, detail, hint);
    }

    boolean endsTheSession() {
        return ENDS_THE_SESSION.contains(severity);
    }

    /// One line for logs: severity, message, SQLSTATE, then detail and hint where present.
    public String summary() {
        return severity
                + ": "
                + message
                + " (SQLSTATE "
                + sqlState
                + ")"
                + (detail.isEmpty() ? "" : "; detail: " + detail)
                + (hint.isEmpty() ? "" : "; hint: " + hint);
    }
}

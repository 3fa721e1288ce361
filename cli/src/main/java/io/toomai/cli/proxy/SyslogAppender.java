package io.toomai.cli.proxy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.toomai.postgres.os.NotifySocket;
import java.util.List;

/// Events to this machine's syslog, as `syslog(3)` does: one datagram each, which nobody waits for.
final class SyslogAppender extends AppenderBase<ILoggingEvent> {
    /// By number (RFC 3164), and those that are local from 16 on.
    private static final List<String> FACILITIES =
            List.of(
                    "kern",
                    "user",
                    "mail",
                    "daemon",
                    "auth",
                    "syslog",
                    "lpr",
                    "news",
                    "uucp",
                    "cron",
                    "authpriv",
                    "ftp");

    private final NotifySocket socket = NotifySocket.named("/dev/log");
    private final String ident;
    private final int facility;

    /// @param facility as `syslog_facility` names it
    SyslogAppender(String ident, String facility) {
        this.ident = ident;
        this.facility =
                facility.matches("local[0-7]")
                        ? 16 + facility.charAt(5) - '0'
                        : FACILITIES.indexOf(FACILITIES.contains(facility) ? facility : "daemon");
    }

    @Override
    protected void append(ILoggingEvent event) {
        // No syslog is no reason to stop, and there is nobody to tell.
        socket.tell(datagram(event.getLevel(), event.getFormattedMessage()));
    }

    String datagram(Level level, String message) {
        return "<"
                + (facility * 8 + severity(level))
                + ">"
                + ident
                + "["
                + ProcessHandle.current().pid()
                + "]: "
                + message;
    }

    private static int severity(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> 3;
            case Level.WARN_INT -> 4;
            case Level.INFO_INT -> 6;
            default -> 7;
        };
    }
}

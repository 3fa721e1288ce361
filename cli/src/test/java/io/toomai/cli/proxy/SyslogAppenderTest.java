package io.toomai.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import org.junit.jupiter.api.Test;

/// What syslog gets under `syslog_ident` and `syslog_facility`: facility times 8 and the severity
/// (RFC 3164).
class SyslogAppenderTest {
    private static final String PROCESS = "[" + ProcessHandle.current().pid() + "]: ";

    @Test
    void aLineSaysWhoAndHowBad() {
        SyslogAppender daemon = new SyslogAppender("pgbouncer", "daemon");
        assertThat(daemon.datagram(Level.ERROR, "no")).isEqualTo("<27>pgbouncer" + PROCESS + "no");
        assertThat(daemon.datagram(Level.WARN, "hm")).startsWith("<28>");
        assertThat(daemon.datagram(Level.INFO, "so")).startsWith("<30>");
        assertThat(daemon.datagram(Level.DEBUG, "…")).startsWith("<31>");
    }

    @Test
    void facilitiesHaveTheirNumbers() {
        assertThat(new SyslogAppender("gate", "local7").datagram(Level.INFO, "so"))
                .isEqualTo("<190>gate" + PROCESS + "so");
        assertThat(new SyslogAppender("gate", "authpriv").datagram(Level.INFO, "so"))
                .startsWith("<86>");
        assertThat(new SyslogAppender("gate", "kern").datagram(Level.INFO, "so")).startsWith("<6>");
        assertThat(new SyslogAppender("gate", "mail").datagram(Level.INFO, "so"))
                .startsWith("<22>");
        assertThat(new SyslogAppender("gate", "nonsense").datagram(Level.INFO, "so"))
                .as("daemon")
                .startsWith("<30>");
    }
}

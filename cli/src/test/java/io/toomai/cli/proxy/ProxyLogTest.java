package io.toomai.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.ValuesOf;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `logfile` gets of what the proxy says.
class ProxyLogTest {
    @TempDir Path folder;

    @Test
    void aFaultOfItsOwnHasItsStackAndNothingElseHas() throws Exception {
        Path log = folder.resolve("log");
        Path ini = folder.resolve("pgbouncer.ini");
        Files.writeString(
                ini, "[databases]\n* =\n[pgbouncer]\nlisten_port = 1\nlogfile = " + log + "\n");
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        ProxyLog.apply(context, ProxyOptions.of(ini), values(ini));
        Logger logger = context.getLogger("io.toomai.proxy");
        logger.warn("a peer is odd", new IllegalArgumentException("odd"));
        logger.error("told by a client: {}", "one\ntwo");
        logger.error("a fault", new IllegalStateException("broken"));
        context.stop();

        assertThat(
                        Files.readAllLines(log).stream()
                                .map(line -> line.replaceFirst("^.*?] ", ""))
                                .toList())
                .startsWith(
                        "WARNING a peer is odd",
                        "ERROR told by a client: one two",
                        "ERROR a fault",
                        "java.lang.IllegalStateException: broken")
                .anyMatch(line -> line.contains("at io.toomai.cli.proxy.ProxyLogTest"))
                .noneMatch(line -> line.contains("IllegalArgumentException"));
    }

    private static ValuesOf values(Path ini) throws Exception {
        return ((Configuration.Loading.Loaded) Configuration.load(ini))
                .configuration()
                .settings()
                .values();
    }
}

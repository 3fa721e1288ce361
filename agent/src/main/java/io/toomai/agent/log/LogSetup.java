package io.toomai.agent.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import io.toomai.settings.LogSettings;
import io.toomai.settings.LogSettings.LogFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/// One event per line on standard error, or in `log.dir`, as text or JSON. Events are written by a
/// thread of the log's own: a disk or terminal that stalls holds up nobody, what does not fit into
/// the queue meanwhile is dropped.
public final class LogSetup {
    private static final String ROOT = ch.qos.logback.classic.Logger.ROOT_LOGGER_NAME;

    private LogSetup() {}

    /// Logs like this from now on, whatever was before.
    public static void apply(LogSettings settings) {
        LoggerContext context = context();
        context.reset();
        Appender<ILoggingEvent> appender =
                settings.file()
                        .map(file -> file(context, settings, file))
                        .orElseGet(() -> console(context, settings));
        ch.qos.logback.classic.Logger root = context.getLogger(ROOT);
        root.addAppender(queued(context, settings, appender));
        root.setLevel(level(settings.level()));
        // ZooKeeper tells its operator much that ours need not know.
        context.getLogger("org.apache.zookeeper").setLevel(Level.ERROR);
        // It logs every peer that goes away as an error with a stack trace.
        context.getLogger("org.apache.zookeeper.server.quorum").setLevel(Level.OFF);
        context.getLogger("org.postgresql").setLevel(Level.WARN);
        settings.loggers().forEach((name, l) -> context.getLogger(name).setLevel(level(l)));
    }

    /// Writes what waits, for a second at most, and logs nothing more.
    public static void close() {
        context().getLogger(ROOT).detachAndStopAllAppenders();
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static Appender<ILoggingEvent> queued(
            LoggerContext context, LogSettings settings, Appender<ILoggingEvent> behind) {
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setName("queue");
        queue.setQueueSize(settings.queueSize());
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(true);
        queue.addAppender(behind);
        queue.start();
        return queue;
    }

    private static Appender<ILoggingEvent> console(LoggerContext context, LogSettings settings) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder(context, settings));
        console.start();
        return console;
    }

    private static Appender<ILoggingEvent> file(
            LoggerContext context, LogSettings settings, LogFile where) {
        RollingFileAppender<ILoggingEvent> appender = new ModedFileAppender(where);
        String file = where.directory().resolve("patroni.log").toString();
        appender.setContext(context);
        appender.setFile(file);
        appender.setEncoder(encoder(context, settings));
        roll(context, appender, where, file);
        appender.start();
        return appender;
    }

    /// Each new file gets the mode that was asked for.
    private static final class ModedFileAppender extends RollingFileAppender<ILoggingEvent> {
        private final LogFile where;

        ModedFileAppender(LogFile where) {
            this.where = where;
        }

        @Override
        public void openFile(String name) throws IOException {
            super.openFile(name);
            if (where.mode().isPresent()) {
                Files.setPosixFilePermissions(Path.of(name), where.mode().get());
            }
        }
    }

    private static void roll(
            LoggerContext context,
            RollingFileAppender<ILoggingEvent> appender,
            LogFile where,
            String file) {
        FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
        window.setContext(context);
        window.setParent((FileAppender<?>) appender);
        window.setFileNamePattern(file.replace("%", "\\%") + ".%i");
        window.setMinIndex(1);
        window.setMaxIndex(Math.max(1, where.kept()));
        window.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(new FileSize(where.size().bytes()));
        size.start();
        appender.setRollingPolicy(window);
        appender.setTriggeringPolicy(size);
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogSettings settings) {
        return switch (settings.type()) {
            case PLAIN -> {
                PatternLayoutEncoder plain = new PatternLayoutEncoder();
                plain.setContext(context);
                plain.setPattern(LinePattern.of(settings));
                plain.start();
                yield plain;
            }
            case JSON -> {
                JsonLines json = new JsonLines(settings);
                json.setContext(context);
                json.start();
                yield json;
            }
        };
    }

    private static Level level(LogSettings.Level level) {
        return switch (level) {
            case DEBUG -> Level.DEBUG;
            case INFO -> Level.INFO;
            case WARNING -> Level.WARN;
            case ERROR -> Level.ERROR;
        };
    }
}

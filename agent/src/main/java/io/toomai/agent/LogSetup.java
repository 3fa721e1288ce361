package io.toomai.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
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
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/// One event per line on standard error, or in `log.dir`, as text or JSON.
final class LogSetup {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z',UTC} %-5level %logger{0}: %msg%n%xEx{short}";

    private LogSetup() {}

    static void apply(LogSettings settings) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Appender<ILoggingEvent> appender =
                settings.dir().isPresent()
                        ? file(context, settings, settings.dir().get())
                        : console(context, settings);
        ch.qos.logback.classic.Logger root = context.getLogger("ROOT");
        root.addAppender(appender);
        root.setLevel(level(settings.level()));
        // ZooKeeper tells its operator much that ours need not know.
        context.getLogger("org.apache.zookeeper").setLevel(Level.ERROR);
        // It logs every peer that goes away as an error with a stack trace.
        context.getLogger("org.apache.zookeeper.server.quorum").setLevel(Level.OFF);
        context.getLogger("org.postgresql").setLevel(Level.WARN);
        settings.loggers().forEach((name, l) -> context.getLogger(name).setLevel(level(l)));
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
            LoggerContext context, LogSettings settings, Path directory) {
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        String file = directory.resolve("patroni.log").toString();
        appender.setContext(context);
        appender.setFile(file);
        appender.setEncoder(encoder(context, settings));
        roll(context, appender, settings, file);
        appender.start();
        return appender;
    }

    private static void roll(
            LoggerContext context,
            RollingFileAppender<ILoggingEvent> appender,
            LogSettings settings,
            String file) {
        FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
        window.setContext(context);
        window.setParent((FileAppender<?>) appender);
        window.setFileNamePattern(file + ".%i");
        window.setMinIndex(1);
        window.setMaxIndex(Math.max(1, settings.fileNum()));
        window.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(new FileSize(settings.fileSize().bytes()));
        size.start();
        appender.setRollingPolicy(window);
        appender.setTriggeringPolicy(size);
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogSettings settings) {
        return switch (settings.type()) {
            case PLAIN -> {
                PatternLayoutEncoder plain = new PatternLayoutEncoder();
                plain.setContext(context);
                plain.setPattern(PATTERN);
                plain.start();
                yield plain;
            }
            case JSON -> {
                JsonEncoder json = new JsonEncoder();
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

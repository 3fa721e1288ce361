package io.toomai.cli.proxy;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.boolex.EventEvaluatorBase;
import io.toomai.proxy.config.NamedFile;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.settings.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// Log lines as PgBouncer writes them: to standard error, `logfile` and syslog, whichever are
/// wanted. A thread of the log's own writes, so a full disk holds up no client; what does not fit
/// into the queue meanwhile is dropped. A fault of Toomai's own, which is an ERROR, has its stack
/// behind it; what peers and operators do has words enough.
final class ProxyLog {
    private static final String ROOT = ch.qos.logback.classic.Logger.ROOT_LOGGER_NAME;
    private static final int QUEUE = 4096;

    /// By this name the pattern knows whose stack it leaves out.
    private static final String NO_FAULT = "no-fault";

    private static final String LINE =
            "%d{yyyy-MM-dd HH:mm:ss.SSS z} ["
                    + ProcessHandle.current().pid()
                    + "] %replace(%replace(%level){'INFO','LOG'}){'WARN','WARNING'}"
                    // What clients say of themselves must not look like a line of ours.
                    + " %replace(%msg){'[\\r\\n]+',' '}%n%ex{full, "
                    + NO_FAULT
                    + "}";

    private static final class NoFault extends EventEvaluatorBase<ILoggingEvent> {
        @Override
        public boolean evaluate(ILoggingEvent event) {
            return !event.getLevel().isGreaterOrEqual(Level.ERROR);
        }
    }

    private ProxyLog() {}

    /// Until it is known how to log, libraries have nothing to say.
    static void beforeSettings() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(ROOT).setLevel(Level.INFO);
    }

    /// Logs like this from now on. Opens `logfile` anew, so a renamed one is let go.
    static void apply(ProxyOptions options, ValuesOf values) {
        apply((LoggerContext) LoggerFactory.getILoggerFactory(), options, values);
    }

    static void apply(LoggerContext context, ProxyOptions options, ValuesOf values) {
        context.reset();
        context.putObject(
                CoreConstants.EVALUATOR_MAP, new HashMap<>(Map.of(NO_FAULT, new NoFault())));
        ch.qos.logback.classic.Logger root = context.getLogger(ROOT);
        root.setLevel(Level.INFO);
        context.getLogger("io.toomai").setLevel(level(options.verbosity() + verbose(values)));
        for (Appender<ILoggingEvent> target : targets(context, options, values)) {
            target.start();
            root.addAppender(queued(context, target));
        }
    }

    /// What keeps `logfile` from being written, if anything does: the log itself could not say so.
    static List<Problem> problems(ProxyOptions options, ValuesOf values) {
        Optional<String> name = values.given("logfile");
        if (name.isEmpty()) {
            return List.of();
        }
        Path file = Path.of(name.get()).toAbsolutePath();
        try {
            Path folder = file.resolveSibling("");
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
            }
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
            return List.of();
        } catch (IOException e) {
            return List.of(
                    new Problem(
                            "logfile",
                            options.file().toString(),
                            0,
                            "cannot write " + file + ": " + NamedFile.why(e)));
        }
    }

    private static int verbose(ValuesOf values) {
        return values.number("verbose");
    }

    private static Level level(int verbosity) {
        return switch (verbosity) {
            case 0 -> Level.INFO;
            case 1 -> Level.DEBUG;
            default -> Level.TRACE;
        };
    }

    private static List<Appender<ILoggingEvent>> targets(
            LoggerContext context, ProxyOptions options, ValuesOf values) {
        List<Appender<ILoggingEvent>> targets = new ArrayList<>();
        if (options.terminal() == ProxyOptions.Terminal.LOGS) {
            ConsoleAppender<ILoggingEvent> terminal = new ConsoleAppender<>();
            terminal.setTarget("System.err");
            targets.add(written(context, terminal));
        }
        values.given("logfile")
                .ifPresent(name -> {
                    FileAppender<ILoggingEvent> file = new FileAppender<>();
                    file.setFile(name);
                    targets.add(written(context, file));
                });
        if (values.isOn("syslog")) {
            SyslogAppender syslog =
                    new SyslogAppender(values.text("syslog_ident"), values.text("syslog_facility"));
            syslog.setContext(context);
            targets.add(syslog);
        }
        return targets;
    }

    private static Appender<ILoggingEvent> written(
            LoggerContext context, OutputStreamAppender<ILoggingEvent> target) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(LINE);
        encoder.start();
        target.setContext(context);
        target.setEncoder(encoder);
        return target;
    }

    private static Appender<ILoggingEvent> queued(
            LoggerContext context, Appender<ILoggingEvent> behind) {
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setName("queue-" + System.identityHashCode(behind));
        queue.setQueueSize(QUEUE);
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(true);
        queue.addAppender(behind);
        queue.start();
        return queue;
    }
}

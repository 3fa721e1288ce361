package io.toomai.proxy.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/// What the proxy and Netty log that no peer should be able to make them log: errors, leaks, and
/// anything thrown.
final class LogWatch extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    LogWatch() {
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        boolean netty = event.getLoggerName().startsWith("io.netty");
        boolean error = event.getLevel().isGreaterOrEqual(Level.ERROR);
        boolean failed = event.getFormattedMessage().contains("failed: java.");
        if (error || failed || (event.getLevel().equals(Level.WARN) && (netty || thrown != null))) {
            faults.add(
                    event.getFormattedMessage()
                            + (thrown == null ? "" : "\n" + ThrowableProxyUtil.asString(thrown)));
        }
    }

    List<String> faults() {
        return faults;
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}

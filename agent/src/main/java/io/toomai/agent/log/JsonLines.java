package io.toomai.agent.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import io.toomai.settings.LogFormat;
import io.toomai.settings.LogFormat.Field;
import io.toomai.settings.LogSettings;
import io.toomai.settings.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// Each event as one JSON object with Patroni's names of the fields; a stack trace is `exc_info`.
final class JsonLines extends EncoderBase<ILoggingEvent> {
    private static final List<Field> STANDARD =
            List.of(
                    new Field("asctime", "asctime"),
                    new Field("levelname", "levelname"),
                    new Field("message", "message"));

    private final LogSettings settings;
    private final List<Field> fields;
    private final DateTimeFormatter times;
    private final ThrowableProxyConverter traces = new ThrowableProxyConverter();

    JsonLines(LogSettings settings) {
        this.settings = settings;
        this.fields =
                switch (settings.format()) {
                    case LogFormat.Fields(var chosen) -> chosen;
                    case LogFormat.Standard _, LogFormat.Line _ -> STANDARD;
                };
        this.times =
                switch (LogTimes.of(settings)) {
                    case LogTimes.Universal(var pattern) -> formatter(pattern, ZoneOffset.UTC);
                    case LogTimes.Local(var pattern) -> formatter(pattern, ZoneId.systemDefault());
                };
    }

    private static DateTimeFormatter formatter(String pattern, ZoneId zone) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(zone);
    }

    @Override
    public void start() {
        traces.start();
        super.start();
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        Json.Obj object = Json.Obj.EMPTY;
        for (Field field : fields) {
            object = object.with(field.shownAs(), value(field.attribute(), event));
        }
        for (var more : settings.staticFields().entrySet()) {
            object = object.with(more.getKey(), more.getValue());
        }
        if (event.getThrowableProxy() != null && LogTimes.showsTraces(settings)) {
            object = object.with("exc_info", traces.convert(event).stripTrailing());
        }
        return (object.compact() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private String value(String attribute, ILoggingEvent event) {
        return switch (attribute) {
            case "asctime" -> times.format(event.getInstant());
            case "created" -> Double.toString(event.getTimeStamp() / 1000.0);
            case "msecs" -> Long.toString(event.getTimeStamp() % 1000);
            case "levelname" ->
                    event.getLevel() == Level.WARN ? "WARNING" : event.getLevel().toString();
            case "name" -> event.getLoggerName();
            case "module", "filename", "pathname" ->
                    event.getLoggerName().substring(event.getLoggerName().lastIndexOf('.') + 1);
            case "message" -> event.getFormattedMessage();
            case "process" -> Long.toString(ProcessHandle.current().pid());
            case "processName" -> "MainProcess";
            case "threadName", "thread" -> event.getThreadName();
            default -> ""; // such as the line of a source file: of no use here
        };
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}

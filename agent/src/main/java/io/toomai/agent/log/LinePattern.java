package io.toomai.agent.log;

import io.toomai.settings.LogFormat;
import io.toomai.settings.LogSettings;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `log.format` in the words of Logback's patterns. Stateless.
final class LinePattern {
    private static final Pattern PLACE =
            Pattern.compile("%\\(([a-zA-Z_]+)\\)([-0-9.]*)[a-zA-Z]|%%");

    private LinePattern() {}

    static String of(LogSettings settings) {
        String line =
                switch (settings.format()) {
                    case LogFormat.Standard _, LogFormat.Fields _ ->
                            time(settings) + " %-5level %logger{0}: %msg";
                    case LogFormat.Line(var text) -> translated(text, settings);
                };
        return line + "%n" + (LogTimes.showsTraces(settings) ? "%xEx{short}" : "%nopex");
    }

    private static String time(LogSettings settings) {
        return switch (LogTimes.of(settings)) {
            case LogTimes.Universal(var pattern) -> "%d{\"" + pattern + "\",UTC}";
            case LogTimes.Local(var pattern) -> "%d{\"" + pattern + "\"}";
        };
    }

    private static String translated(String text, LogSettings settings) {
        StringBuilder pattern = new StringBuilder();
        Matcher matcher = PLACE.matcher(text);
        int end = 0;
        while (matcher.find()) {
            pattern.append(literal(text.substring(end, matcher.start())));
            String attribute = matcher.group(1);
            pattern.append(attribute == null ? "\\%" : word(attribute, matcher.group(2), settings));
            end = matcher.end();
        }
        return pattern.append(literal(text.substring(end))).toString();
    }

    private static String word(String attribute, String width, LogSettings settings) {
        String word =
                switch (attribute) {
                    case "asctime" -> time(settings);
                    case "msecs" -> "%d{SSS}";
                    case "levelname" -> "%replace(%level){'WARN','WARNING'}";
                    case "name" -> "%logger";
                    case "module", "filename", "pathname" -> "%logger{0}";
                    case "message" -> "%msg";
                    case "process" -> Long.toString(ProcessHandle.current().pid());
                    case "processName" -> "MainProcess";
                    case "threadName", "thread" -> "%thread";
                    default -> ""; // such as the line of a source file: of no use here
                };
        return word.startsWith("%") ? "%" + width(width) + word.substring(1) : word;
    }

    /// Python cuts nothing but what a precision says; a leading zero fills with zeros there.
    private static String width(String width) {
        String plain = width.replaceFirst("^(-?)0+", "$1");
        return plain.matches("-?[0-9]{1,3}(\\.[0-9]{1,3})?") ? plain : "";
    }

    private static String literal(String text) {
        String escaped = text;
        for (String special : List.of("\\", "%", "(", ")")) {
            escaped = escaped.replace(special, "\\" + special);
        }
        return escaped;
    }
}

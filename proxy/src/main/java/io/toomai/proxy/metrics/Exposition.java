package io.toomai.proxy.metrics;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes metrics in Prometheus' text format, one family after the other. One object per page.
final class Exposition {
    private final StringBuilder text = new StringBuilder();

    /// What a family of samples is.
    enum Kind {
        GAUGE,
        COUNTER,
        SUMMARY
    }

    /// One value.
    ///
    /// @param suffix behind the family's name, such as `_count`; mostly empty
    record Sample(String suffix, Map<String, String> labels, double value) {
        Sample(Map<String, String> labels, double value) {
            this("", labels, value);
        }
    }

    /// A family without samples is left out.
    void family(String name, Kind kind, String help, List<Sample> samples) {
        if (samples.isEmpty()) {
            return;
        }
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ');
        text.append(kind.name().toLowerCase(java.util.Locale.ROOT)).append('\n');
        for (Sample sample : samples) {
            text.append(name).append(sample.suffix()).append(labels(sample.labels()));
            text.append(' ').append(number(sample.value())).append('\n');
        }
    }

    void single(String name, Kind kind, String help, double value) {
        family(name, kind, help, List.of(new Sample(Map.of(), value)));
    }

    private static String labels(Map<String, String> labels) {
        return labels.isEmpty()
                ? ""
                : labels.entrySet().stream()
                        .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + "\"")
                        .collect(Collectors.joining(",", "{", "}"));
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

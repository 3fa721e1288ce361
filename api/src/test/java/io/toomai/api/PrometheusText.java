package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A strict reader of Prometheus' text format 0.0.4: each family once, its HELP and TYPE before its
/// samples and nothing between them, every label quoted and escaped, every value a number.
final class PrometheusText {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (.+)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (" + NAME + ") (gauge|counter)");
    private static final Pattern SAMPLE =
            Pattern.compile("(" + NAME + ")\\{(.*)\\} (-?[0-9.]+(?:[eE][-+]?[0-9]+)?)");
    private static final Pattern LABEL =
            Pattern.compile("\\G([a-z_]+)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(?:,|$)");

    private final Map<String, Family> families = new LinkedHashMap<>();
    private String open = "";

    private PrometheusText() {}

    /// @param samples values by their labels
    record Family(String type, Map<Map<String, String>, Double> samples) {
        double only() {
            assertThat(samples).hasSize(1);
            return samples.values().iterator().next();
        }
    }

    static Map<String, Family> read(String text) {
        assertThat(text).endsWith("\n");
        var reader = new PrometheusText();
        text.lines().forEach(reader::line);
        assertThat(reader.families.values()).noneMatch(family -> family.samples().isEmpty());
        return reader.families;
    }

    private void line(String line) {
        Matcher help = HELP.matcher(line);
        Matcher type = TYPE.matcher(line);
        Matcher sample = SAMPLE.matcher(line);
        if (help.matches()) {
            open = help.group(1);
            assertThat(families).as("told twice").doesNotContainKey(open);
        } else if (type.matches()) {
            assertThat(type.group(1)).as("TYPE after its HELP").isEqualTo(open);
            families.put(open, new Family(type.group(2), new LinkedHashMap<>()));
        } else if (sample.matches()) {
            assertThat(sample.group(1)).as("sample of the family begun").isEqualTo(open);
            Objects.requireNonNull(families.get(open))
                    .samples()
                    .put(labels(sample.group(2)), Double.valueOf(sample.group(3)));
        } else {
            assertThat(line).as("neither sample nor comment").matches("# (?!HELP|TYPE).+");
        }
    }

    private static Map<String, String> labels(String text) {
        var labels = new TreeMap<String, String>();
        Matcher label = LABEL.matcher(text);
        int end = 0;
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
            end = label.end();
        }
        assertThat(end).as("labels that cannot be read: " + text).isEqualTo(text.length());
        return labels;
    }
}

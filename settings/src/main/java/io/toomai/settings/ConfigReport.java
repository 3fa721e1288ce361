package io.toomai.settings;

import java.util.List;

/// Shows the result of loading for an operator, one finding per line. Stateless.
public final class ConfigReport {
    private ConfigReport() {}

    /// Ends with a newline.
    public static String render(LoadResult result) {
        StringBuilder out = new StringBuilder();
        switch (result) {
            case LoadResult.Loaded(Settings settings, List<Warning> warnings) -> {
                warnings.forEach(warning -> line(out, "warning", warning));
                out.append("valid: member ").append(settings.name());
                out.append(" of cluster ").append(settings.scope());
                out.append(", ").append(counted(warnings.size(), "warning")).append('\n');
            }
            case LoadResult.Rejected(List<Problem> problems, List<Warning> warnings) -> {
                problems.forEach(problem -> line(out, "error", problem));
                warnings.forEach(warning -> line(out, "warning", warning));
                out.append("not valid: ").append(counted(problems.size(), "error"));
                out.append(", ").append(counted(warnings.size(), "warning")).append('\n');
            }
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String severity, Object finding) {
        out.append(severity).append(": ").append(finding).append('\n');
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}

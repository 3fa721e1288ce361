package io.toomai.proxy.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Picture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HaproxyCsvTest {
    private static final Pattern CELL = Pattern.compile("(?:\"((?:[^\"]|\"\")*)\"|([^,]*)),");

    /// Read as any program reads CSV.
    private static List<Map<String, String>> read(String csv) {
        List<String> lines = csv.lines().toList();
        List<String> names = cells(lines.getFirst().substring(2));
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = cells(line);
            assertThat(cells).as(line).hasSameSizeAs(names);
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                row.put(names.get(i), cells.get(i));
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        Matcher matcher = CELL.matcher(line);
        while (matcher.find()) {
            String quoted = matcher.group(1);
            cells.add(quoted == null ? matcher.group(2) : quoted.replace("\"\"", "\""));
        }
        return cells;
    }

    private final List<Map<String, String>> rows = read(HaproxyCsv.of(new Picture()));

    private Map<String, String> row(String route, String name) {
        return rows.stream()
                .filter(row -> route.equals(row.get("pxname")) && name.equals(row.get("svname")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachRouteHasItsLinesInHaproxysOrder() {
        assertThat(rows)
                .extracting(row -> row.get("pxname") + "/" + row.get("svname"))
                .containsExactly(
                        "write/FRONTEND",
                        "write/pg1",
                        "write/pg2",
                        "write/BACKEND",
                        "read/FRONTEND",
                        "read/pg2",
                        "read/BACKEND");
        assertThat(rows)
                .extracting(row -> row.get("type"))
                .containsExactly("0", "2", "2", "1", "0", "2", "1");
    }

    @Test
    void whatMonitorsAskForIsThere() {
        assertThat(row("write", "FRONTEND"))
                .containsEntry("status", "OPEN")
                .containsEntry("scur", "5")
                .containsEntry("slim", "100")
                .containsEntry("stot", "12")
                .containsEntry("bin", "4096")
                .containsEntry("bout", "5000000");
        assertThat(row("write", "BACKEND"))
                .containsEntry("status", "UP")
                .containsEntry("qcur", "2")
                .containsEntry("act", "1")
                .containsEntry("bck", "0")
                .containsEntry("chkdown", "1")
                .containsEntry("lastchg", "100000")
                .containsEntry("downtime", "12");
        assertThat(row("write", "pg1"))
                .containsEntry("status", "UP")
                .containsEntry("weight", "100")
                .containsEntry("scur", "3")
                .containsEntry("used_conn_cur", "2")
                .containsEntry("addr", "10.0.0.1:5432")
                .containsEntry("role", "primary")
                .containsEntry("lag", "0");
        assertThat(row("write", "pg2"))
                .containsEntry("status", "NOLB")
                .containsEntry("lag", "20480");
        assertThat(row("read", "pg2"))
                .containsEntry("status", "DRAIN")
                .containsEntry("why", "an operator drains it, \"so\"");
        assertThat(row("read", "BACKEND"))
                .containsEntry("status", "DOWN")
                .containsEntry("act", "0");
    }
}

package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoCluster.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What one frame of the live view shows. Everything in it is already measured.
///
/// @param rows the members in the order of the nodes
/// @param silence time since the latest confirmed row
/// @param events the newest last
record DemoView(
        String heading,
        List<Row> rows,
        int confirmedRows,
        Duration silence,
        List<String> events,
        Optional<String> pending) {
    DemoView {
        rows = List.copyOf(rows);
        events = List.copyOf(events);
    }

    record Row(
            String name,
            String role,
            String state,
            String timeline,
            String lag,
            String port,
            Condition condition) {}
}

package io.toomai.agent.failsafe;

import io.toomai.core.ha.FailsafeTopology;
import io.toomai.dcs.document.FailsafeDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The remembered `/failsafe` for a process that starts while the store is away: revision, what was
/// read, what was sent since; a line each. Replaced as a whole. It need not survive a crash of the
/// machine: that ends PostgreSQL, and with it the lease that the file would carry.
final class TopologyFile {
    private static final Logger log = LoggerFactory.getLogger(TopologyFile.class);

    private final Path path;

    TopologyFile(Path path) {
        this.path = path;
    }

    /// What was written last; [FailsafeTopology#UNKNOWN] where there is nothing readable.
    FailsafeTopology read() {
        try {
            List<String> lines = Files.readAllLines(path, StandardCharsets.UTF_8);
            return lines.size() == 3
                    ? new FailsafeTopology(
                            Long.parseLong(lines.get(0)),
                            FailsafeDocument.read(lines.get(1)),
                            FailsafeDocument.read(lines.get(2)))
                    : FailsafeTopology.UNKNOWN;
        } catch (IOException | NumberFormatException e) {
            log.debug("no remembered failsafe members in {}: {}", path, e.getMessage());
            return FailsafeTopology.UNKNOWN;
        }
    }

    void write(FailsafeTopology topology) throws IOException {
        if (topology.equals(FailsafeTopology.UNKNOWN)) {
            Files.deleteIfExists(path); // also where the disk is full
            return;
        }
        Path next = path.resolveSibling(path.getFileName() + ".new");
        Files.write(
                next,
                List.of(
                        Long.toString(topology.revision()),
                        FailsafeDocument.write(topology.stored()),
                        FailsafeDocument.write(topology.attempted())),
                StandardCharsets.UTF_8);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

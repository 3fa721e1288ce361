package io.toomai.cli;

import io.toomai.agent.Rehearsal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// Loads what an agent loads, by running one for a moment in a folder of its own.
final class AgentTraining {
    private AgentTraining() {}

    static int run() {
        try {
            Path folder = Files.createTempDirectory("toomai-training");
            try {
                return Rehearsal.run(folder);
            } finally {
                remove(folder);
            }
        } catch (IOException e) {
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}

package io.toomai.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// The PostgreSQL versions that tests run on, and where this machine has them.
enum Postgres {
    V15("/usr/lib/postgresql/15/bin", "package postgresql of Debian 12", Tools.ALL),
    V17(
            environment("TOOMAI_PG17_BIN"),
            "TOOMAI_PG17_BIN is not set; dev/test prepares it",
            Tools.ALL),
    V18(
            environment("TOOMAI_PG18_BIN"),
            "TOOMAI_PG18_BIN is not set; dev/test prepares it",
            Tools.SERVER);

    private final String bin;
    private final String source;
    private final Tools tools;

    /// Which programs come with it.
    enum Tools {
        ALL,
        SERVER
    }

    Postgres(String bin, String source, Tools tools) {
        this.bin = bin;
        this.source = source;
        this.tools = tools;
    }

    Path bin() {
        return Path.of(bin);
    }

    boolean hasAllTools() {
        return tools == Tools.ALL;
    }

    /// Skips the test with a reason where this version is missing.
    void assumePresent() {
        boolean present = !bin.isEmpty() && Files.isExecutable(bin().resolve("postgres"));
        if (!present) {
            System.out.println("skipped: PostgreSQL " + name() + " is missing here: " + source);
        }
        Assumptions.assumeTrue(present, source);
    }

    private static String environment(String name) {
        return Optional.ofNullable(System.getenv(name)).orElse("");
    }
}

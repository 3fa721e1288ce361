package io.toomai.cli.demo;

import io.toomai.cli.command.Context;
import io.toomai.cli.rest.PeerCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// `demo stop`: ends a demo that runs by itself.
final class DemoStop {
    /// Marks a folder that nobody asked for by name.
    static final String TEMPORARY = ".temporary";

    private DemoStop() {}

    static int run(Context context, Optional<Path> named) {
        Optional<Path> chosen = named.or(() -> PeerCache.of(context.environment()).demo());
        if (chosen.isEmpty()) {
            context.console().warn("Error: no demo is known to run; name its folder with --dir");
            return 1;
        }
        Path folder = real(chosen.get());
        switch (Shutdown.stop(folder)) {
            case NOTHING_RAN -> context.console().line("no demo runs in " + folder);
            case STOPPED -> context.console().line("stopped the demo in " + folder);
            case KILLED ->
                    context.console()
                            .line(
                                    "stopped the demo in "
                                            + folder
                                            + "; some processes had to be killed");
        }
        tidy(folder);
        return 0;
    }

    static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            return folder.toAbsolutePath().normalize();
        }
    }

    /// A temporary folder goes; of another only the description of what ran.
    static void tidy(Path folder) {
        try {
            if (Files.exists(folder.resolve(TEMPORARY))) {
                Shutdown.remove(folder);
            } else {
                Files.deleteIfExists(folder.resolve("demo.json"));
            }
        } catch (IOException _) {
            // What is left is in the operator's temporary folder.
        }
    }
}

package io.toomai.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a small foreign program to its end.
final class Shell {
    private Shell() {}

    /// @param code the exit code; 127 when the program could not be started
    record Outcome(int code, String output) {
        boolean ok() {
            return code == 0;
        }
    }

    /// Output and errors together; killed after `seconds`.
    static Outcome run(int seconds, List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                            .start();
            Thread killer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                                        process.destroyForcibly();
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            killer.interrupt();
            return new Outcome(code, output.strip());
        } catch (IOException e) {
            return new Outcome(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoException(DemoException.Code.INTERRUPTED, "interrupted");
        }
    }

    static Outcome run(int seconds, String... command) {
        return run(seconds, List.of(command));
    }
}

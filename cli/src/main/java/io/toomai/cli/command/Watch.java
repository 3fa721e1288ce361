package io.toomai.cli.command;

import io.toomai.cli.Console;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Repeats a command's output until the operator ends it.
final class Watch {
    private static final Duration USUAL = Duration.ofSeconds(2);

    @Option(names = "-W", description = "Repeat every 2 seconds")
    private boolean repeat;

    @Option(
            names = {"-w", "--watch"},
            paramLabel = "SECONDS",
            description = "Repeat after that many seconds")
    private @Nullable Double seconds;

    /// One turn of the output.
    @FunctionalInterface
    interface Turn {
        int run();
    }

    /// Runs once, or again and again until the process is interrupted.
    int run(Console console, Turn turn) {
        Optional<Duration> pause = pause();
        if (pause.isEmpty()) {
            return turn.run();
        }
        var never = new CountDownLatch(1);
        while (true) {
            if (console.kind() == Console.Kind.TERMINAL) {
                console.print("\u001b[2J\u001b[1;1H");
            }
            int code = turn.run();
            try {
                if (never.await(pause.get().toMillis(), TimeUnit.MILLISECONDS)) {
                    return code;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return code;
            }
        }
    }

    private Optional<Duration> pause() {
        if (seconds != null) {
            return Optional.of(Duration.ofMillis(Math.max(50, Math.round(seconds * 1000))));
        }
        return repeat ? Optional.of(USUAL) : Optional.empty();
    }
}

package io.toomai.cli.demo;

import io.toomai.cli.demo.Frame.Size;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The operator's terminal while the live view has it: keys at once, no echo, a screen of its own.
/// `close` gives it back as it was and may be called from any thread, twice too.
final class Terminal implements AutoCloseable {
    private static final String TTY = "/dev/tty";
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

    private final PrintStream out;
    private final String saved;
    private final BlockingQueue<Integer> keys = new LinkedBlockingQueue<>(64);
    private boolean open = true;

    private Terminal(PrintStream out, String saved) {
        this.out = out;
        this.saved = saved;
    }

    /// Takes the terminal; empty when there is none that can be switched.
    static Optional<Terminal> open(PrintStream out) {
        Shell.Outcome saved = stty("-g");
        if (!saved.ok() || !stty("-icanon", "-echo", "min", "1").ok()) {
            return Optional.empty();
        }
        var terminal = new Terminal(out, saved.output());
        out.print(ENTER);
        out.flush();
        Thread.ofPlatform().daemon().name("demo-keys").start(terminal::readKeys);
        return Optional.of(terminal);
    }

    private static Shell.Outcome stty(String... arguments) {
        var command = new java.util.ArrayList<>(List.of("stty", "-F", TTY));
        command.addAll(List.of(arguments));
        return Shell.run(5, command);
    }

    private void readKeys() {
        try (var in = new FileInputStream(TTY)) {
            for (int key = in.read(); key >= 0; key = in.read()) {
                if (!keys.offer(key)) {
                    keys.clear(); // somebody leans on the keyboard
                }
            }
        } catch (IOException _) {
            // The terminal is gone; signals end the demo.
        }
    }

    /// The next key that means something, or nothing after that long.
    Optional<Key> key(long millis) throws InterruptedException {
        Integer character = keys.poll(millis, TimeUnit.MILLISECONDS);
        return character == null ? Optional.empty() : Key.of(character);
    }

    Size size() {
        String[] words = stty("size").output().split(" ", -1);
        try {
            int rows = Integer.parseInt(words[0]);
            int columns = Integer.parseInt(words[1]);
            return rows > 0 && columns > 0 ? new Size(rows, columns) : new Size(24, 80);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return new Size(24, 80);
        }
    }

    /// Draws without clearing first, so nothing flickers.
    synchronized void draw(List<String> lines) {
        if (!open) {
            return;
        }
        var frame = new StringBuilder("\u001b[H");
        for (String line : lines) {
            frame.append(line).append("\u001b[K\r\n");
        }
        if (!lines.isEmpty()) {
            frame.setLength(frame.length() - 2);
        }
        out.print(frame.append("\u001b[J"));
        out.flush();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            out.print(LEAVE);
            out.flush();
            stty(saved);
        }
    }
}

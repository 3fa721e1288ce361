package io.toomai.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// Where commands print and ask. One thread at a time.
public final class Console {
    private final PrintStream out;
    private final PrintStream err;
    private final BufferedReader in;
    private final Kind kind;

    /// Whether somebody is looking.
    public enum Kind {
        TERMINAL,
        PIPE
    }

    public Console(InputStream in, OutputStream out, OutputStream err, Kind kind) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = new PrintStream(out, false, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.kind = kind;
    }

    /// Standard input and output of this process.
    public static Console ofProcess() {
        return new Console(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal(1) ? Kind.TERMINAL : Kind.PIPE);
    }

    /// Whether that descriptor of this process is a terminal. Asks `/proc`: `System.console()`
    /// would load a line editor that costs more than the whole command.
    public static boolean isTerminal(int descriptor) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    public Kind kind() {
        return kind;
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    public void line(String text) {
        out.println(text);
        out.flush();
    }

    public void print(String text) {
        out.print(text);
        out.flush();
    }

    /// A line on standard error.
    public void warn(String text) {
        out.flush();
        err.println(text);
    }

    /// Asks until something is answered; an empty answer means the default.
    ///
    /// @throws CliException ABORTED at the end of the input
    public String ask(String question, Optional<String> preset) {
        while (true) {
            print(question + preset.map(text -> " [" + text + "]").orElse("") + ": ");
            String answer = read();
            if (!answer.isEmpty()) {
                return answer;
            }
            if (preset.isPresent()) {
                return preset.get();
            }
        }
    }

    /// Asks for yes or no; an empty answer is no.
    ///
    /// @throws CliException ABORTED at the end of the input
    public boolean confirm(String question) {
        while (true) {
            print(question + " [y/N]: ");
            switch (read().strip().toLowerCase(Locale.ROOT)) {
                case "y", "yes" -> {
                    return true;
                }
                case "n", "no", "" -> {
                    return false;
                }
                default -> line("Error: invalid input");
            }
        }
    }

    /// Everything that is left of the input.
    public String readAll() {
        try {
            return in.readAllAsString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read() {
        try {
            String answer = in.readLine();
            if (answer == null) {
                line("");
                throw new CliException(CliException.Code.ABORTED, "Aborted!");
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

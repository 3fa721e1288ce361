package io.toomai.postgres.server;

import io.toomai.postgres.install.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What `postmaster.pid` says. The server writes it line by line while it starts.
///
/// @param started seconds since 1970, as text; with `pid` it tells this postmaster from any other.
///   Empty text when not yet written
/// @param socketDirectory of the first Unix socket it listens on. Empty text when there is none, or
///   not yet written
/// @param status `starting`, `stopping`, `ready`, `standby`; empty text when not yet written
public record PostmasterFile(
        long pid, String started, int port, String socketDirectory, String status) {
    private static final int START_LINE = 2;
    private static final int PORT_LINE = 3;
    private static final int SOCKET_LINE = 4;
    private static final int STATUS_LINE = 7;

    public static Path in(Path dataDirectory) {
        return dataDirectory.resolve("postmaster.pid");
    }

    /// Absent when there is none or when it does not hold a process number.
    public static Optional<PostmasterFile> read(Path dataDirectory) {
        try {
            return parse(Files.readAllLines(in(dataDirectory)));
        } catch (IOException e) {
            // It vanishes and is rewritten at any time; no file means no claim.
            return Optional.empty();
        }
    }

    static Optional<PostmasterFile> parse(List<String> lines) {
        // A negative number is a single-user server, which is no postmaster.
        long pid = number(lines, 0);
        if (pid <= 0) {
            return Optional.empty();
        }
        return Optional.of(
                new PostmasterFile(
                        pid,
                        text(lines, START_LINE),
                        (int) number(lines, PORT_LINE),
                        text(lines, SOCKET_LINE),
                        text(lines, STATUS_LINE)));
    }

    /// The socket as this process sees it; empty where the server has none with an absolute path.
    public Optional<Path> socket(Launch launch) {
        return socketDirectory.startsWith("/")
                ? Optional.of(launch.outside(socketDirectory).resolve(".s.PGSQL." + port))
                : Optional.empty();
    }

    private static String text(List<String> lines, int index) {
        return lines.size() > index ? lines.get(index).strip() : "";
    }

    private static long number(List<String> lines, int index) {
        String text = text(lines, index);
        return text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }
}

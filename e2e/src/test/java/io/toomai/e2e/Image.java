package io.toomai.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The program under test: the jars of this checkout, copied to where PostgreSQL's user may read
/// them, and the folder of this test run. Both are removed when the JVM ends.
final class Image {
    private static final Path RUN = folder();

    private Image() {}

    /// The folder of this run; everybody may enter it.
    static Path run() {
        return RUN;
    }

    /// The command that runs `toomai`, with the flags that the launcher gives to agents.
    static List<String> command() {
        var command = new ArrayList<>(Processes.unprivileged());
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xms16m",
                        "-Xmx64m",
                        "-Xss512k",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ReservedCodeCacheSize=32m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        RUN.resolve("lib") + "/*",
                        "io.toomai.cli.Main"));
        return command;
    }

    /// The command that an operator types: the launcher of the image.
    static List<String> operatorCommand() {
        return List.of(
                Path.of(System.getProperty("toomai.image", "../cli/target/image"), "toomai")
                        .toAbsolutePath()
                        .normalize()
                        .toString());
    }

    private static Path folder() {
        try {
            Path run = Files.createTempDirectory(Path.of("/tmp"), "toomai-e2e-");
            Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> forget(run)));
            Path lib = Files.createDirectory(run.resolve("lib"));
            Path image = Path.of(System.getProperty("toomai.image", "../cli/target/image"), "lib");
            try (Stream<Path> jars = Files.list(image)) {
                for (Path jar : jars.toList()) {
                    Files.copy(jar, lib.resolve(jar.getFileName()));
                }
            }
            Processes.run("chmod", "-R", "go+rX", lib.toString());
            return run;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the program is not built; run: ./mvnw package -pl cli -am", e);
        }
    }

    private static void forget(Path run) {
        Processes.killBelow(run);
        Processes.run("rm", "-rf", "--one-file-system", run.toString());
    }
}

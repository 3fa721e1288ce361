package io.toomai.postgres.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.postgres.os.DurableFiles.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What both ways to write have in common; how long it lasts shows only when a machine crashes.
class DurableFilesTest {
    @TempDir Path folder;

    static Stream<BiFunction<Path, String, Change>> writes() {
        return Stream.of(DurableFiles::write, DurableFiles::writeForThisRun);
    }

    @ParameterizedTest
    @MethodSource("writes")
    void replacesWhatIsThere(BiFunction<Path, String, Change> write) throws IOException {
        Path file = Files.writeString(folder.resolve("mark"), "17 of yesterday\n");

        assertThat(write.apply(file, "18\n")).isEqualTo(Change.CHANGED);

        assertThat(file).hasContent("18\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(names()).containsExactly("mark");
    }

    @ParameterizedTest
    @MethodSource("writes")
    void leavesAloneWhatIsAsWanted(BiFunction<Path, String, Change> write) throws IOException {
        Path file = Files.writeString(folder.resolve("mark"), "18\n");
        Object first = Files.getAttribute(file, "unix:ino");

        assertThat(write.apply(file, "18\n")).isEqualTo(Change.UNCHANGED);

        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(first);
    }

    /// As after a write that was cut off.
    @ParameterizedTest
    @MethodSource("writes")
    void mindsNoRemains(BiFunction<Path, String, Change> write) throws IOException {
        Path file = folder.resolve("mark");
        Files.writeString(folder.resolve("mark.toomai-new"), "1");

        assertThat(write.apply(file, "18\n")).isEqualTo(Change.CHANGED);

        assertThat(file).hasContent("18\n");
        assertThat(names()).containsExactly("mark");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}

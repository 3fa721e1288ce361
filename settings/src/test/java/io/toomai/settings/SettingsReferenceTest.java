package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `-Dtoomai.docs=write` writes the page instead of comparing it.
class SettingsReferenceTest {
    @Test
    void thePageIsCurrent() throws IOException {
        Path page = top().resolve("docs/reference/settings.md");
        if ("write".equals(System.getProperty("toomai.docs"))) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, SettingsReference.page());
        }
        assertThat(Files.readString(page))
                .as("stale; run the command at the top of the page")
                .isEqualTo(SettingsReference.page());
    }

    private static Path top() {
        return Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                .filter(folder -> Files.exists(folder.resolve("mvnw")))
                .findFirst()
                .orElseThrow();
    }
}

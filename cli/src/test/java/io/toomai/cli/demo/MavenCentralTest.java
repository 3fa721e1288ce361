package io.toomai.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MavenCentralTest {
    @TempDir Path folder;

    private String address(String settings, Map<String, String> environment) throws IOException {
        Path file = folder.resolve("settings.xml");
        Files.writeString(file, settings);
        return new MavenCentral(file, environment).address();
    }

    private static String mirror(String of, String url) {
        return "<mirror><id>m</id><mirrorOf>%s</mirrorOf><url>%s</url></mirror>".formatted(of, url);
    }

    private static String settings(String... mirrors) {
        return "<settings><mirrors>" + String.join("\n", mirrors) + "</mirrors></settings>";
    }

    @Test
    void withoutSettingsItIsMavenCentral() throws IOException {
        var none = new MavenCentral(folder.resolve("none.xml"), Map.of());
        var wrapper =
                new MavenCentral(
                        folder.resolve("none.xml"), Map.of("MVNW_REPOURL", "https://near/maven/"));

        assertThat(none.address()).isEqualTo(MavenCentral.ITSELF);
        assertThat(wrapper.address()).isEqualTo("https://near/maven");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "*                  | true",
                "external:*         | true",
                "central            | true",
                "spring , central   | true",
                "*,!central         | false",
                "spring             | false",
                "external:http:*    | false"
            })
    void aMirrorCountsWhenItsPatternCoversCentral(String of, boolean counts) throws IOException {
        assertThat(address(settings(mirror(of, "https://near/maven")), Map.of()))
                .isEqualTo(counts ? "https://near/maven" : MavenCentral.ITSELF);
    }

    @Test
    void theMirrorOfExactlyThisRepositoryWins() throws IOException {
        String both = settings(mirror("*", "https://all"), mirror("central", "https://exact"));

        assertThat(address(both, Map.of("MVNW_REPOURL", "https://wrapper")))
                .isEqualTo("https://exact");
    }

    @Test
    void commentsAndBlockedMirrorsDoNotCount() throws IOException {
        String blocked =
                mirror("*", "http://0.0.0.0/")
                        .replace("</mirror>", "<blocked>true</blocked></mirror>");

        assertThat(
                        address(
                                settings("<!-- " + mirror("*", "https://x") + " -->", blocked),
                                Map.of()))
                .isEqualTo(MavenCentral.ITSELF);
    }

    @Test
    void variablesAreReplaced() throws IOException {
        String named = settings(mirror("*", "https://${env.NEAR}/maven/"));

        assertThat(address(named, Map.of("NEAR", "host"))).isEqualTo("https://host/maven");
    }

    @Test
    void brokenSettingsAreNamed() {
        assertThatThrownBy(() -> address("<settings>", Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("settings.xml cannot be read");
    }
}

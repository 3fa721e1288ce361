package io.toomai.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.config.ValuesOf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether somebody else was to run it is said wherever the settings say so.
class ProxyRunTest {
    @TempDir private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static Optional<String> otherUser(ProxyOptions options, String me) throws IOException {
        return ProxyRun.otherUser(options, values(options.file()), me);
    }

    private static ValuesOf values(Path file) throws IOException {
        Loading loading = Source.of(file, Map.of()).load();
        return ((Loading.Loaded) loading).configuration().settings().values();
    }

    @Test
    void aUserInAFileThatIsIncludedIsNotPassedOver() throws IOException {
        file("more.ini", "[pgbouncer]\nuser = ann\n");
        Path ini = file("pgbouncer.ini", "%include " + folder + "/more.ini\n[databases]\n* =\n");
        assertThat(otherUser(ProxyOptions.of(ini), "bob"))
                .contains(
                        "runs as bob, not as ann, whom the setting user names: start it as ann, or"
                                + " as root with -u ann");
        assertThat(otherUser(ProxyOptions.of(ini), "ann")).isEmpty();
    }

    @Test
    void norIsOneInYaml() throws IOException {
        Path yaml =
                file(
                        "proxy.yml",
                        """
                        toomai:
                          proxy:
                            listen: 127.0.0.1:0
                            members: [127.0.0.1:8008]
                            pgbouncer: {user: ann}
                        """);
        assertThat(otherUser(ProxyOptions.of(yaml), "bob")).isPresent();
    }

    @Test
    void whoIsNamedOnTheCommandLineCounts() throws IOException {
        Path ini = file("pgbouncer.ini", "[databases]\n* =\n[pgbouncer]\nuser = ann\n");
        ProxyOptions options =
                new ProxyOptions(
                        ini,
                        ProxyOptions.Terminal.LOGS,
                        ProxyOptions.Start.ALONE,
                        0,
                        Optional.of("eve"));
        assertThat(otherUser(options, "eve")).isEmpty();
        assertThat(otherUser(options, "ann"))
                .hasValueSatisfying(said -> assertThat(said).contains("not as eve, whom -u names"));
        assertThat(options.inForeground())
                .as("of -d")
                .isEqualTo(List.of("proxy", "-q", "-u", "eve", ini.toString()));
    }

    @Test
    void whereNobodyIsNamedNothingIsSaid() throws IOException {
        Path ini = file("pgbouncer.ini", "[databases]\n* =\n");
        assertThat(otherUser(ProxyOptions.of(ini), "bob")).isEmpty();
    }
}

package io.toomai.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.cli.command.Context;
import io.toomai.cli.proxy.ProxyCommand;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// What the launcher reads of the words of `toomai proxy` before a JVM runs: by its own functions.
class LauncherTest {
    private static Path launcher() {
        return Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                .filter(folder -> Files.exists(folder.resolve("mvnw")))
                .findFirst()
                .orElseThrow()
                .resolve("toomai");
    }

    private static String function(String head, List<String> lines) {
        List<String> rest = lines.subList(lines.indexOf(head), lines.size());
        return String.join("\n", rest.subList(0, rest.indexOf("}") + 1)) + "\n";
    }

    /// @return whether something is only asked for, the user, the file
    private static String read(List<String> words) throws Exception {
        List<String> lines = Files.readAllLines(launcher());
        String script =
                "set -eu\n"
                        + function("proxy_letters() {", lines)
                        + function("proxy_words() {", lines)
                        + "proxy_words \"$@\"\necho \"$ask,$asked_user,$ini\"\n";
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "toomai", "proxy"));
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    x.ini              | no,,x.ini
                    -u ann x.ini       | no,ann,x.ini
                    x.ini -uann        | no,ann,x.ini
                    -u=ann x.ini       | no,ann,x.ini
                    --user ann x.ini   | no,ann,x.ini
                    --user=ann x.ini   | no,ann,x.ini
                    -du ann x.ini      | no,ann,x.ini
                    -qdRvu ann x.ini   | no,ann,x.ini
                    -duann x.ini       | no,ann,x.ini
                    -qu=ann x.ini      | no,ann,x.ini
                    -d -vv x.ini       | no,,x.ini
                    --quiet x.ini      | no,,x.ini
                    -h                 | yes,,proxy
                    -qV                | yes,,proxy
                    --version          | yes,,proxy
                    """)
    void theUserIsReadAsTheProgramReadsIt(String words, String meaning) throws Exception {
        List<String> all = Arrays.asList(words.split(" ", -1));
        assertThat(read(all)).isEqualTo(meaning);
        if (meaning.startsWith("no,")) {
            var program = new CommandLine(new ProxyCommand(context())).parseArgs(words.split(" "));
            assertThat(program.matchedOptionValue("-u", "")).isEqualTo(meaning.split(",", -1)[1]);
        }
    }

    private static Context context() {
        return new Context(Console.ofProcess(), Map.of(), "toomai");
    }

    @Test
    void elseItIsUserInTheFile(@TempDir Path folder) throws Exception {
        Path ini =
                Files.writeString(
                        folder.resolve("x.ini"),
                        "[databases]\n* = user=eve\n[pgbouncer]\nlisten_port = 1\n user = ann \n");
        assertThat(read(List.of("-d", ini.toString()))).isEqualTo("no,ann," + ini);
        assertThat(read(List.of("-dubob", ini.toString()))).isEqualTo("no,bob," + ini);
    }
}

package io.toomai.cli.command;

import io.toomai.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Lets the operator change a text in his own editor.
final class TextEditor {
    private TextEditor() {}

    /// The text as the editor left it.
    ///
    /// @throws CliException REFUSED when there is no editor, FAILED when it failed
    static String edit(Context context, String text) {
        String editor =
                Stream.of(context.environment().getOrDefault("EDITOR", ""), "editor", "vi")
                        .filter(name -> !name.isBlank() && exists(context, name))
                        .findFirst()
                        .orElseThrow(() ->
                                CliException.refused(
                                        "EDITOR environment variable is not set. editor or"
                                                + " vi are not available"));
        Path file = null;
        try {
            file = Files.createTempFile("toomai-config", ".yaml");
            Files.writeString(file, text);
            int code =
                    new ProcessBuilder(
                                    List.of("sh", "-c", editor + " \"$1\"", "sh", file.toString()))
                            .inheritIO()
                            .start()
                            .waitFor();
            if (code != 0) {
                throw new CliException(
                        CliException.Code.FAILED,
                        "Editor exited with code " + code + "; nothing was changed");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new CliException(CliException.Code.FAILED, "cannot run " + editor);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.Code.ABORTED, "Aborted!");
        } finally {
            delete(file);
        }
    }

    private static void delete(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // A leftover copy of a configuration without secrets.
        }
    }

    private static boolean exists(Context context, String command) {
        String program = command.strip().split("\\s+", 2)[0];
        if (program.contains("/")) {
            return Files.isExecutable(Path.of(program));
        }
        return Stream.of(context.environment().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}

package io.toomai.proxy.config;

import io.toomai.settings.Problem;
import io.toomai.settings.text.ByteOrderMark;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A file that a setting names.
public final class NamedFile {
    private NamedFile() {}

    /// Its text; empty if the setting has no value, or it cannot be read.
    ///
    /// @param source the file that has the setting, for messages
    /// @param problems gets what is wrong
    static Optional<String> text(
            ValuesOf values, String key, String source, List<Problem> problems) {
        Optional<String> name = values.given(key);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ByteOrderMark.without(Files.readString(Path.of(name.get()))));
        } catch (IOException e) {
            problems.add(new Problem(key, source, 0, "cannot read " + name.get() + ": " + why(e)));
            return Optional.empty();
        }
    }

    /// What was the matter with a file, whose name some exceptions have for a message.
    public static String why(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file or folder";
            case AccessDeniedException _ ->
                    "user " + System.getProperty("user.name") + " has no permission";
            case CharacterCodingException _ -> "it is not in UTF-8";
            default -> String.valueOf(e.getMessage());
        };
    }
}

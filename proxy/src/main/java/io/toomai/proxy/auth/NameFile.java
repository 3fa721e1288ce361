package io.toomai.proxy.auth;

import io.toomai.proxy.auth.HbaTokens.Quotes;
import io.toomai.proxy.auth.HbaTokens.Word;
import io.toomai.settings.text.ByteOrderMark;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A file of names for which `@file` stands in a rule: parted by commas, blanks and lines. Its own
/// name is relative to the folder of the HBA file.
final class NameFile {
    private static final int LARGEST = 1 << 20;

    private NameFile() {}

    /// The names of a field with those of the files that it names.
    ///
    /// @throws IllegalArgumentException saying which file is wrong and why
    static List<Word> expanded(List<Word> field, Path hba) {
        List<Word> all = new ArrayList<>();
        for (Word word : field) {
            if (isFile(word)) {
                all.addAll(names(hba.resolveSibling(word.text().substring(1))));
            } else {
                all.add(word);
            }
        }
        return all;
    }

    private static boolean isFile(Word word) {
        return word.quotes() == Quotes.NONE && word.text().startsWith("@");
    }

    private static List<Word> names(Path file) {
        List<Word> names = new ArrayList<>();
        int number = 0;
        for (String line : text(file).lines().toList()) {
            number++;
            try {
                names.addAll(namesOf(line));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ":" + number + ": " + e.getMessage(), e);
            }
        }
        return names;
    }

    private static List<Word> namesOf(String line) {
        List<Word> names = HbaTokens.fields(line).stream().flatMap(List::stream).toList();
        names.stream()
                .filter(NameFile::isFile)
                .findFirst()
                .ifPresent(file -> {
                    throw new IllegalArgumentException(
                            file.text() + ": a file of names cannot name another");
                });
        return names;
    }

    private static String text(Path file) {
        try {
            if (!Files.isRegularFile(file)) { // reading another kind may never end
                throw new IOException("there is no such file");
            }
            if (Files.size(file) > LARGEST) {
                throw new IOException("it has more than 1 MB");
            }
            return ByteOrderMark.without(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("cannot read " + file + ": it is not in UTF-8", e);
        } catch (AccessDeniedException e) {
            throw new IllegalArgumentException("no permission to read " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}

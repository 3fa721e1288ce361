package io.toomai.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The style as a test: reads the sources of every module. A finding says what to write instead.
///
/// A line may keep a banned word for a reason, on it or right above it, as a comment that starts
/// with `style:`.
class StyleTest {
    private static final Path TOP = top();
    private static final List<Source> SOURCES = sources();

    private static final Pattern EXCUSE = Pattern.compile("// style: \\S+");

    /// A top-level type: the keywords start the line.
    private static final Pattern TOP_LEVEL_TYPE =
            Pattern.compile(
                    "^(?:(?:public|final|abstract|sealed|non-sealed|strictfp) )*"
                            + "(?:class|interface|record|enum|@interface) (\\w+).*");

    private static final Pattern TYPE =
            Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w*)");

    /// As a word of a camel-case name: `PoolManager`, not `Managerial`. A base backup is
    /// PostgreSQL's word.
    private static final Pattern EMPTY_WORD =
            Pattern.compile(
                    "(?:Manager|Helper|Util|Utils|Common|Impl|Base(?!Backup)|Abstract)(?=[A-Z0-9]|$)");

    private static final Pattern OLD_ROLE_WORD =
            Pattern.compile("(?<!post)master|slave", Pattern.CASE_INSENSITIVE);

    // In two halves, or this file would find itself.
    private static final Pattern REMINDER =
            Pattern.compile("\\b(?:TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b");

    @Test
    void theSourcesWereReallyFound() {
        assertThat(SOURCES).hasSizeGreaterThan(20);
        assertThat(SOURCES).anyMatch(source -> source.name().startsWith("dcs/"));
    }

    @Test
    void everyPackageHasACaption() {
        assertThat(
                        SOURCES.stream()
                                .filter(Source::isMain)
                                .filter(source -> !source.isModuleInfo())
                                .map(source -> source.path().resolveSibling("package-info.java"))
                                .distinct()
                                .filter(file ->
                                        !Files.exists(file)
                                                || !read(file).getFirst().startsWith("/// "))
                                .map(file ->
                                        TOP.relativize(file)
                                                + ": open it with one line, /// what lives here")
                                .toList())
                .isEmpty();
    }

    @Test
    void everyTopLevelTypeSaysWhatItIs() {
        assertThat(findings(Source::isMain, StyleTest::withoutComment)).isEmpty();
    }

    @Test
    void namesCarryMeaning() {
        assertThat(
                        findings(
                                source -> true,
                                (source, number) -> {
                                    var type = TYPE.matcher(code(source.lines().get(number)));
                                    return type.find() && EMPTY_WORD.matcher(type.group(1)).find()
                                            ? "name " + type.group(1) + " after what it promises"
                                            : "";
                                }))
                .isEmpty();
    }

    @Test
    void rolesHaveTheirPresentNames() {
        assertThat(banned(Source::isMain, OLD_ROLE_WORD, "say primary, leader, replica or standby"))
                .isEmpty();
    }

    @Test
    void nothingIsLeftForLater() {
        assertThat(banned(source -> true, REMINDER, "do it now or open an issue")).isEmpty();
    }

    @Test
    void nobodySleeps() {
        assertThat(
                        banned(
                                Source::isMain,
                                Pattern.compile("\\bThread\\s*\\.sleep\\("),
                                "wait on a condition with a deadline"))
                .isEmpty();
    }

    @Test
    void onlyTheCommandLineEndsTheProcess() {
        assertThat(
                        banned(
                                source -> source.isMain() && !source.name().startsWith("cli/"),
                                Pattern.compile("\\bSystem\\.exit\\(|\\.halt\\("),
                                "throw, or hand the fault to the FaultHandler"))
                .isEmpty();
    }

    @Test
    void timeHasTypes() {
        assertThat(
                        banned(
                                Source::isMain,
                                Pattern.compile("\\bjava\\.util\\.(?:Date|Calendar)\\b"),
                                "use Instant, Duration or MonoTime"))
                .isEmpty();
    }

    /// A node's clock may jump by an hour while a lease is held. What decides, or talks to a store,
    /// asks the monotonic clock; where the time of day is meant, the line says why.
    @Test
    void nothingThatALeaseRestsOnAsksForTheTimeOfDay() {
        assertThat(
                        banned(
                                source ->
                                        source.isMain()
                                                && Stream.of("core/", "dcs/", "agent/", "api/")
                                                        .anyMatch(source.name()::startsWith),
                                Pattern.compile(
                                        "\\b(?:Instant|(?:Local|Zoned|Offset)DateTime|LocalTime)\\s*"
                                                + "(?:\\.|::)\\s*now\\b|\\bcurrentTimeMillis\\b"
                                                + "|\\b(?:Clock|InstantSource)\\s*(?:\\.|::)\\s*(?:system|tick)"),
                                "use MonoTime; for an operator's time of day give the reason"))
                .isEmpty();
    }

    // ---- how it looks --------------------------------------------------------------------------

    private interface Check {
        /// A finding about the line with this index, or "".
        String find(Source source, int number);
    }

    private interface Scope {
        boolean holds(Source source);
    }

    private static List<String> banned(Scope scope, Pattern pattern, String instead) {
        return findings(
                scope,
                (source, number) -> {
                    var found = pattern.matcher(source.lines().get(number));
                    return found.find() ? "\"" + found.group() + "\": " + instead : "";
                });
    }

    private static List<String> findings(Scope scope, Check check) {
        return SOURCES.stream()
                .filter(scope::holds)
                .filter(source -> !source.path().endsWith("StyleTest.java"))
                .flatMap(source -> source.check(check))
                .toList();
    }

    private static String withoutComment(Source source, int number) {
        var lines = source.lines();
        var type = TOP_LEVEL_TYPE.matcher(lines.get(number));
        if (!type.matches()) {
            return "";
        }
        int above = number - 1;
        while (above >= 0 && isPartOfAnnotation(lines.get(above))) {
            above--;
        }
        return above >= 0 && lines.get(above).startsWith("///")
                ? ""
                : type.group(1) + " needs a /// comment: what it is, what it promises";
    }

    private static boolean isPartOfAnnotation(String line) {
        return line.startsWith("@")
                || line.startsWith(" ")
                || line.equals(")")
                || line.equals("})");
    }

    /// The line without its comment.
    private static String code(String line) {
        int comment = line.indexOf("//");
        return comment < 0 ? line : line.substring(0, comment);
    }

    private record Source(Path path, List<String> lines) {
        String name() {
            return TOP.relativize(path).toString().replace('\\', '/');
        }

        boolean isMain() {
            return name().contains("/src/main/");
        }

        boolean isModuleInfo() {
            return path.endsWith("module-info.java");
        }

        Stream<String> check(Check check) {
            return Stream.iterate(0, number -> number < lines.size(), number -> number + 1)
                    .filter(number -> !isExcused(number))
                    .map(number -> located(number, check.find(this, number)))
                    .filter(finding -> !finding.isEmpty());
        }

        private boolean isExcused(int number) {
            return EXCUSE.matcher(lines.get(number)).find()
                    || (number > 0 && lines.get(number - 1).strip().startsWith("// style: "));
        }

        private String located(int number, String finding) {
            return finding.isEmpty() ? "" : name() + ":" + (number + 1) + ": " + finding;
        }
    }

    private static List<Source> sources() {
        try (Stream<Path> modules = Files.list(TOP)) {
            return modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .flatMap(StyleTest::javaFiles)
                    .sorted()
                    .map(file -> new Source(file, read(file)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The checkout: the folder of the Maven wrapper.
    private static Path top() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no mvnw above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}

package io.toomai.postgres.config;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.config.ParameterVerdict.Clamped;
import io.toomai.postgres.config.ParameterVerdict.Dropped;
import io.toomai.postgres.config.ParameterVerdict.Taken;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.Program;
import io.toomai.settings.Nearest;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the installed PostgreSQL which parameters it would start with: `postgres -C port` with them
/// on its command line reads them as a start does, and starts nothing. That knows units, words and
/// the parameters that `--describe-config` leaves out. Where the program cannot be asked,
/// everything is taken. Throws nothing. Blocks while programs run, some ten milliseconds each; any
/// thread.
public final class ParameterCheck {
    private static final Logger log = LoggerFactory.getLogger(ParameterCheck.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// What may stand before `=` in a configuration file.
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_$.]*");

    private static final Pattern RANGE =
            Pattern.compile(
                    "(-?[0-9][0-9.e+]*)(?: \\S+)? is outside the valid range .*"
                            + "\\((-?[0-9][0-9.e+-]*)(?: \\S+)? \\.\\. (-?[0-9][0-9.e+-]*)");
    private static final Pattern SEVERE = Pattern.compile("(?:FATAL|ERROR): +(.*)");
    private static final Pattern HINT = Pattern.compile("(?:HINT|DETAIL): +(.*)");

    /// They say where the others are read from, which is not to be tried.
    private static final Set<String> UNASKED = Set.of("config_file", "data_directory");

    private final PostgresInstall install;
    private final Path scratch;

    /// @param scratch a directory of its own, readable by PostgreSQL's user; made when missing
    public ParameterCheck(PostgresInstall install, Path scratch) {
        this.install = install;
        this.scratch = scratch;
    }

    /// A verdict on each. Where all are good, and that is nearly always, one program tells it.
    public SortedMap<String, ParameterVerdict> check(SortedMap<String, String> parameters) {
        SortedMap<String, ParameterVerdict> verdicts = new TreeMap<>();
        SortedMap<String, String> asked = new TreeMap<>();
        parameters.forEach((name, value) -> {
            if (!NAME.matcher(name).matches() || value.indexOf('\0') >= 0) {
                verdicts.put(name, new Dropped("no name or value of a parameter"));
            } else if (UNASKED.contains(name)) {
                verdicts.put(name, new Taken());
            } else {
                asked.put(name, value);
            }
        });
        if (asked.isEmpty()) {
            return verdicts;
        }
        asked.keySet().forEach(name -> verdicts.put(name, new Taken()));
        try {
            if (!ask(asked).succeeded() && canAsk()) {
                asked.forEach((name, value) -> verdicts.put(name, one(name, value)));
            }
        } catch (PostgresException e) {
            log.warn("parameters are not checked: {} code={}", e.getMessage(), e.code());
        }
        return verdicts;
    }

    /// Whether it is the parameters that PostgreSQL refused.
    private boolean canAsk() {
        Program.Result result = ask(Map.of());
        if (!result.succeeded()) {
            log.warn("parameters are not checked: {}", result.explanation());
        }
        return result.succeeded();
    }

    private Program.Result ask(Map<String, String> parameters) {
        prepare();
        List<String> words =
                new ArrayList<>(List.of("-C", "port", "-D", install.launch().inside(scratch)));
        parameters.forEach((name, value) -> {
            words.add("-c");
            words.add(name + "=" + value);
        });
        return ChildProcess.run(
                Program.of(install.command(Tool.POSTGRES, words), PATIENCE).with("LC_ALL", "C"));
    }

    private void prepare() {
        try {
            if (!Files.isDirectory(scratch)) {
                Files.createDirectories(scratch);
                DurableFiles.takeOwnerOfDirectory(scratch);
            }
        } catch (IOException e) {
            throw DurableFiles.failure("could not be made", scratch, e);
        }
        DurableFiles.write(scratch.resolve("postgresql.conf"), "");
    }

    private ParameterVerdict one(String name, String value) {
        Program.Result result = ask(Map.of(name, value));
        if (result.succeeded() || result.end() == Program.End.TIMED_OUT) {
            return new Taken();
        }
        String reason = found(SEVERE, result.errors()).orElseGet(result::explanation);
        Matcher range = RANGE.matcher(reason);
        if (range.find()) {
            boolean tooLittle =
                    new BigDecimal(range.group(1)).compareTo(new BigDecimal(range.group(2))) < 0;
            return new Clamped(range.group(tooLittle ? 2 : 3), reason);
        }
        if (reason.startsWith("unrecognized")) {
            return new Dropped(
                    "PostgreSQL "
                            + install.version()
                            + " does not know it"
                            + Nearest.to(name, known())
                                    .map(near -> "; did you mean " + near + "?")
                                    .orElse(""));
        }
        return new Dropped(
                reason + found(HINT, result.errors()).map(hint -> ". " + hint).orElse(""));
    }

    private static Optional<String> found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private Set<String> known() {
        return ChildProcess.run(
                        Program.of(
                                install.command(Tool.POSTGRES, List.of("--describe-config")),
                                PATIENCE))
                .output()
                .lines()
                .map(line -> line.split("\t", 2)[0])
                .collect(Collectors.toSet());
    }
}

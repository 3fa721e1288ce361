package io.toomai.settings;

import io.toomai.settings.MethodSettings.Flag;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Reads options for programs: a list of `name` and `name: value`, or one mapping. Stateless.
final class Options {
    /// A program whose options the configuration may hold, and those that Toomai sets itself.
    record Program(String path, Set<String> reserved) {}

    static final Program INITDB =
            new Program(
                    "bootstrap.initdb",
                    Set.of("pgdata", "nosync", "pwfile", "sync-only", "version"));
    static final Program BASEBACKUP =
            new Program(
                    "postgresql.basebackup",
                    Set.of(
                            "pgdata",
                            "format",
                            "wal-method",
                            "xlog-method",
                            "gzip",
                            "version",
                            "dbname",
                            "host",
                            "port",
                            "username",
                            "password"));

    static final Program REWIND =
            new Program(
                    "postgresql.rewind",
                    Set.of(
                            "target-pgdata",
                            "source-pgdata",
                            "source-server",
                            "write-recovery-conf",
                            "dry-run",
                            "restore-target-wal",
                            "config-file",
                            "no-ensure-shutdown",
                            "version"));

    private Options() {}

    /// Options that Toomai sets itself are left out with a warning.
    static List<CommandOption> of(Optional<Tree> tree, Program program, Findings findings) {
        List<CommandOption> options = new ArrayList<>();
        tree.ifPresent(present -> read(present, program, options, findings));
        return options;
    }

    private static void read(
            Tree tree, Program program, List<CommandOption> into, Findings findings) {
        switch (tree) {
            case Mapping mapping ->
                    mapping.entries().forEach((n, v) -> add(n, v, program, into, findings));
            case Sequence sequence ->
                    sequence.items().forEach(item -> read(item, program, into, findings));
            case Scalar(_, Kind kind, _) when kind == Kind.NULL -> {}
            case Scalar scalar -> {
                Scalar bare = new Scalar(scalar.at(), Kind.FLAG, "true");
                add(scalar.text(), bare, program, into, findings);
            }
        }
    }

    private static void add(
            String written,
            Tree value,
            Program program,
            List<CommandOption> into,
            Findings findings) {
        String name = written.startsWith("--") ? written.substring(2) : written;
        if (program.reserved().contains(name)) {
            findings.warning(
                    value.at(), program.path(), "option " + name + " is ignored: Toomai sets it");
        } else if (!(value instanceof Scalar scalar)) {
            findings.warning(
                    value.at(), program.path(), "option " + name + " is ignored: not one value");
        } else if (scalar.kind() != Kind.FLAG) {
            into.add(new CommandOption(name, Values.scalarText(scalar)));
        } else if (scalar.text().equals("true")) {
            into.add(new CommandOption(name, Optional.empty()));
        }
    }

    /// A section such as `postgresql.wal_e` that has a command.
    static MethodSettings method(String name, Mapping section) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        Map<String, String> options = new LinkedHashMap<>();
        section.entries()
                .forEach((key, value) -> {
                    String text = Values.scalarText(value).orElse("");
                    flag(key).filter(_ -> Values.isTrue(text)).ifPresent(flags::add);
                    if (!key.equals("command") && value instanceof Scalar scalar) {
                        options.put(key, pythonText(scalar));
                    }
                });
        String command = section.child("command").flatMap(Values::scalarText).orElse("");
        Map<String, String> recoveryConf =
                section.child("recovery_conf").map(Values::textMap).orElseGet(TreeMap::new);
        return new MethodSettings(name, command, flags, options, recoveryConf);
    }

    private static Optional<Flag> flag(String key) {
        return switch (key) {
            case "no_params" -> Optional.of(Flag.NO_PARAMS);
            case "keep_data" -> Optional.of(Flag.KEEP_DATA);
            // style: Patroni's older name
            case "no_leader", "no_master" -> Optional.of(Flag.NO_LEADER);
            case "keep_existing_recovery_conf" -> Optional.of(Flag.KEEP_EXISTING_RECOVERY_CONF);
            default -> Optional.empty();
        };
    }

    /// Existing scripts see their arguments as Patroni passes them.
    private static String pythonText(Scalar scalar) {
        return switch (scalar.kind()) {
            case FLAG -> scalar.text().equals("true") ? "True" : "False";
            case NULL -> "None";
            case TEXT, WHOLE, REAL -> scalar.text();
        };
    }
}

package io.toomai.cli.command;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.cli.rest.Connector.Target;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.cli.view.Format;
import io.toomai.settings.text.SettingsException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// `list` in its plain forms without the option library, whose reflection costs most of the 0.4 s
/// of processor time that the command took with it. Anything it does not know, errors in arguments
/// included, is left to `Commands`, so there is one set of messages.
public final class QuickList {
    private @Nullable Path config;
    private @Nullable String addresses;
    private @Nullable Path demo;
    private Trust trust = Trust.VERIFY;
    private Format format = Format.PRETTY;
    private Columns columns = Columns.AS_NEEDED;
    private String name = "";
    private int words;

    private QuickList() {}

    /// The exit code; nothing when the arguments are for `Commands`.
    public static OptionalInt run(Context context, List<String> arguments) {
        var list = new QuickList();
        return list.understands(arguments) && list.words > 0
                ? OptionalInt.of(list.print(context))
                : OptionalInt.empty();
    }

    private boolean understands(List<String> arguments) {
        for (Iterator<String> it = arguments.iterator(); it.hasNext(); ) {
            String word = it.next();
            boolean known =
                    switch (word) {
                        case "-c", "--config-file", "-d", "--dir", "-f", "--format" ->
                                it.hasNext() && takes(word, it.next());
                        case "-e", "--extended" -> {
                            columns = Columns.EXTENDED;
                            yield true;
                        }
                        case "-k", "--insecure" -> {
                            trust = Trust.INSECURE;
                            yield true;
                        }
                        default -> isWord(word);
                    };
            if (!known) {
                return false;
            }
        }
        return true;
    }

    private boolean takes(String option, String value) {
        switch (option) {
            case "-c", "--config-file" -> config = Path.of(value);
            case "-d" -> addresses = value;
            case "--dir" -> demo = Path.of(value);
            default -> {
                if (words == 0
                        || !List.of("pretty", "tsv", "json", "yaml", "yml").contains(value)) {
                    return false;
                }
                format = Format.named(value);
            }
        }
        return true;
    }

    /// The command first, then at most one cluster.
    private boolean isWord(String word) {
        words++;
        if (words == 2) {
            name = word;
        }
        return words == 1 ? word.equals("list") : words == 2 && !word.startsWith("-");
    }

    private int print(Context context) {
        try {
            var target =
                    new Target(
                            Optional.ofNullable(config),
                            Optional.ofNullable(addresses),
                            Optional.ofNullable(demo),
                            Optional.empty(),
                            trust);
            ClusterAnswer answer = context.view(context.cluster(target, name, Groups.ALL), name);
            ListCommand.print(context, answer, format, columns);
            return 0;
        } catch (CliException | SettingsException e) {
            if (ListCommand.isUnnamed(context, e)) {
                return 0;
            }
            context.console().warn("Error: " + e.getMessage());
            return 1;
        } finally {
            context.close();
        }
    }
}

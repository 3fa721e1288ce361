package io.toomai.cli.command;

import io.toomai.cli.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program itself: options that stand before a command.
@Command(description = "Keeps a PostgreSQL cluster up.", sortOptions = false)
final class Root implements Runnable, IVersionProvider {
    private final Context context;

    @Mixin private final ConnectionOptions connection;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit")
    private boolean version;

    Root(Context context) {
        this.context = context;
        this.connection = context.connection;
    }

    @Option(
            names = "--compat-exit",
            description =
                    "Exit 0 when an operation fails on a member, as patronictl does"
                            + " (environment: TOOMAI_COMPAT_PATRONI=1)")
    private void setCompatibleExit(boolean on) {
        if (on) {
            context.use(Context.ExitCodes.AS_PATRONI);
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {context.program() + " version " + Version.text()};
    }

    @Override
    public void run() {
        CommandLine line = spec.commandLine();
        throw new ParameterException(line, "Missing command.");
    }
}

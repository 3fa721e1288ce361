package io.toomai.cli.command;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Prints what a shell needs to complete this program's words.
@Command(
        name = "completion",
        description =
                "Print the completion script for bash or zsh; use: source <(… completion bash)")
final class CompletionCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(index = "0", paramLabel = "{bash|zsh}")
    private String shell = "";

    CompletionCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw new UsageException("'" + shell + "' is not one of 'bash', 'zsh'.");
        }
        String script =
                AutoComplete.bash(context.program(), Commands.line(context, Optional.empty()));
        if (shell.equals("zsh")) {
            context.console().line("autoload -U +X compinit && compinit");
            context.console().line("autoload -U +X bashcompinit && bashcompinit");
        }
        context.console().print(script);
        return 0;
    }
}

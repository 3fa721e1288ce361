package io.toomai.cli;

import io.toomai.cli.command.Commands;
import io.toomai.cli.command.Context;
import java.util.List;

/// The program's entry.
public final class Main {
    private Main() {}

    /// Runs one command and exits with its code.
    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        String program = System.getProperty("toomai.invoked.as", "toomai");
        var context = new Context(console, System.getenv(), program);
        int code = Commands.run(context, List.of(arguments));
        System.exit(code);
    }
}

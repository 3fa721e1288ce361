package io.toomai.cli;

import io.toomai.cli.command.Commands;
import io.toomai.cli.command.Context;
import io.toomai.cli.command.QuickList;
import io.toomai.cli.proxy.ProxyRun;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/// The program's entry.
public final class Main {
    private Main() {}

    /// Runs one command and exits with its code.
    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        String program = System.getProperty("toomai.invoked.as", "toomai");
        var context = new Context(console, System.getenv(), program);
        List<String> words = List.of(arguments);
        if (words.size() == 2
                && words.getFirst().equals("agent")
                && !words.get(1).startsWith("-")) {
            // A daemon should not carry the option library all its life.
            System.exit(AgentStart.run(Path.of(words.get(1)), System.getenv()));
        }
        if (words.size() == 2
                && words.getFirst().equals("witness")
                && !words.get(1).startsWith("-")) {
            System.exit(AgentStart.witness(Path.of(words.get(1)), System.getenv()));
        }
        if (words.size() == 2
                && words.getFirst().equals("proxy")
                && !words.get(1).startsWith("-")) {
            System.exit(ProxyRun.run(Path.of(words.get(1)), System.getenv()));
        }
        if (words.equals(List.of("train", "agent"))) {
            // Nor should the cache that it starts from.
            System.exit(AgentTraining.run());
        }
        OptionalInt quick = QuickList.run(context, words);
        System.exit(quick.isPresent() ? quick.getAsInt() : Commands.run(context, words));
    }
}

package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts an agent as a process of its own: own session, so that Ctrl-C at the terminal reaches
/// only the demo, and output to the node's log.
final class Launch {
    private final List<String> prefix;

    private Launch(List<String> prefix) {
        this.prefix = List.copyOf(prefix);
    }

    /// Through the launcher that started this program; without one, by the same Java and class
    /// path.
    static Launch of(Owner owner) {
        var command = new ArrayList<String>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        String launcher = System.getProperty("toomai.launcher", "");
        if (!launcher.isEmpty()) {
            command.add(launcher);
        } else {
            owner.name()
                    .ifPresent(user ->
                            command.addAll(
                                    List.of(
                                            "setpriv",
                                            "--reuid=" + user,
                                            "--regid=" + user,
                                            "--init-groups")));
            command.addAll(
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "io.toomai.cli.Main"));
        }
        command.add("agent");
        return new Launch(command);
    }

    /// The agent's process id.
    long start(NodePlan node) {
        var command = new ArrayList<>(prefix);
        command.add(node.config().toString());
        try {
            var builder =
                    new ProcessBuilder(command)
                            .directory(new File("/"))
                            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(node.log().toFile()));
            // What the operator's shell says about his own PostgreSQL is not meant for the demo.
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("PG") || name.startsWith("PATRONI"));
            return builder.start().pid();
        } catch (IOException e) {
            throw new DemoException(
                    Code.NOT_STARTED,
                    "cannot start the agent of " + node.name() + ": " + e.getMessage());
        }
    }
}

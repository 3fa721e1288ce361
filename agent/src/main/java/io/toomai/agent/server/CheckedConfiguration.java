package io.toomai.agent.server;

import io.toomai.postgres.config.ParameterCheck;
import io.toomai.postgres.install.PostgresInstall;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Hands configurations on with checked parameters. What is new is checked by a thread of its own,
/// so that the HA loop waits for no program; until then everything else of the new configuration is
/// in force already, with the parameters of before. Only the very first, at the agent's start, is
/// waited for. Any thread.
final class CheckedConfiguration {
    private final ParameterGate gate;
    private final Consumer<ServerConfiguration> receiver;
    private Optional<ServerConfiguration> latest = Optional.empty();
    private Runnable listener = () -> {};

    CheckedConfiguration(ParameterGate gate, Consumer<ServerConfiguration> receiver) {
        this.gate = gate;
        this.receiver = receiver;
    }

    /// Checked by the installed PostgreSQL.
    ///
    /// @param stateDir the agent's own folder
    static CheckedConfiguration of(
            PostgresInstall install, Path stateDir, Consumer<ServerConfiguration> receiver) {
        ParameterCheck check = new ParameterCheck(install, stateDir.resolve("parameter-check"));
        return new CheckedConfiguration(new ParameterGate(check::check), receiver);
    }

    synchronized void onChange(Runnable told) {
        listener = told;
    }

    synchronized void take(ServerConfiguration configuration) {
        boolean first = latest.isEmpty();
        latest = Optional.of(configuration);
        if (!gate.knows(configuration.postgres())) {
            if (first) {
                gate.judge(configuration.postgres());
            } else {
                Thread.ofVirtual().name("parameter-check").start(() -> checkLater(configuration));
            }
        }
        handOn(configuration);
    }

    private void checkLater(ServerConfiguration configuration) {
        gate.judge(configuration.postgres());
        handOnLatest();
    }

    private synchronized void handOnLatest() {
        latest.ifPresent(this::handOn);
        listener.run();
    }

    private void handOn(ServerConfiguration configuration) {
        receiver.accept(configuration.with(gate.passed(configuration.postgres())));
    }
}

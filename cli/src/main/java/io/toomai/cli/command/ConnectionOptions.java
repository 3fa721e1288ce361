package io.toomai.cli.command;

import io.toomai.cli.rest.Access.Trust;
import io.toomai.cli.rest.Connector.Target;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which cluster is meant; they stand before or after the command.
final class ConnectionOptions {
    @Option(
            names = {"-c", "--config-file"},
            paramLabel = "FILE",
            description = "patroni.yml of a member (environment: PATRONICTL_CONFIG_FILE)")
    private @Nullable Path config;

    @Option(
            names = {"-d", "--dcs-url", "--dcs"},
            paramLabel = "URL",
            description =
                    "A store: etcd3://, zookeeper://, consul:// or exhibitor://HOST:PORT/NAMESPACE;"
                            + " or HOST:PORT,... of members' REST interfaces (environment:"
                            + " DCS_URL)")
    private @Nullable String addresses;

    @Option(
            names = {"-k", "--insecure"},
            description = "Allow connections to HTTPS without checking certificates")
    private boolean insecure;

    @Option(names = "--group", paramLabel = "NUMBER", description = "Group of a Citus cluster")
    private @Nullable Integer group;

    @Option(names = "--dir", paramLabel = "DIR", description = "Folder of a running demo")
    private @Nullable Path demo;

    /// What is asked for; where nothing was said here, what `outer` says.
    Target target(ConnectionOptions outer) {
        boolean own = config != null || addresses != null || demo != null;
        ConnectionOptions chosen = own ? this : outer;
        return new Target(
                Optional.ofNullable(chosen.config),
                Optional.ofNullable(chosen.addresses),
                Optional.ofNullable(chosen.demo),
                Optional.ofNullable(group).or(() -> Optional.ofNullable(outer.group)),
                insecure || outer.insecure ? Trust.INSECURE : Trust.VERIFY);
    }
}

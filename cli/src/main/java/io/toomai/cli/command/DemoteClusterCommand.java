package io.toomai.cli.command;

import io.toomai.cli.command.LeaderChange.Asking;
import io.toomai.cli.rest.Connector.Groups;
import io.toomai.settings.json.Json;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes the cluster follow another one.
@Command(name = "demote-cluster", description = "Demote the cluster to a standby cluster")
final class DemoteClusterCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private final ConnectionOptions connection = new ConnectionOptions();

    @Parameters(arity = "0..1", paramLabel = "CLUSTER_NAME")
    private String name = "";

    @Option(names = "--host", description = "Address of the other cluster's primary")
    private @Nullable String host;

    @Option(names = "--port", description = "Port of the other cluster's primary")
    private @Nullable Integer port;

    @Option(names = "--restore-command", description = "Command that fetches WAL from its archive")
    private @Nullable String restoreCommand;

    @Option(names = "--primary-slot-name", description = "Replication slot on that primary")
    private @Nullable String primarySlotName;

    @Option(names = "--force", description = "Do not ask")
    private boolean force;

    DemoteClusterCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        SequencedMap<String, Json> section = new LinkedHashMap<>();
        if (host != null) {
            section.put("host", Json.of(host));
        }
        if (port != null) {
            section.put("port", Json.of(port.longValue()));
        }
        if (restoreCommand != null) {
            section.put("restore_command", Json.of(restoreCommand));
        }
        if (section.isEmpty()) {
            throw new UsageException(
                    "At least one of --host, --port and --restore-command must be given.");
        }
        if (primarySlotName != null) {
            section.put("primary_slot_name", Json.of(primarySlotName));
        }
        return new ClusterRole(
                        context,
                        context.cluster(connection, name, Groups.OWN),
                        ClusterRole.Wanted.DEMOTE)
                .run(name, Asking.of(force), new Json.Obj(section));
    }
}

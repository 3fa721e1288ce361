package io.toomai.cli.command;

import io.toomai.settings.LoadResult;
import io.toomai.settings.SettingsFile;
import java.util.Map;

/// What of the agent can be loaded without PostgreSQL and without a store: reading settings.
final class AgentTraining {
    private static final String SETTINGS =
            """
            scope: demo
            name: pg1
            restapi: {listen: '127.0.0.1:8008'}
            postgresql:
              listen: '127.0.0.1:5432'
              data_dir: /nonexistent
              authentication:
                superuser: {username: postgres, password: p}
                replication: {username: replicator, password: p}
            toomai:
              store:
                id: 1
                voters: ['1@127.0.0.1:2888:3888:2181']
            """;

    private AgentTraining() {}

    static int run() {
        return SettingsFile.parse(SETTINGS, "training", Map.of()) instanceof LoadResult.Loaded
                ? 0
                : 1;
    }
}

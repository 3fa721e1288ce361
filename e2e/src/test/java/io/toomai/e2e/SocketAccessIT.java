package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `use_unix_socket` and `use_unix_socket_repl` in a whole cluster: the superuser has no way in but
/// the socket, where the operating system says who comes.
class SocketAccessIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static void letNobodyInOverTcp(TestNode node) {
        node.rewriteSettings(
                """
                  - local all all scram-sha-256
                  - host all all 127.0.0.1/32 scram-sha-256
                  - host replication all 127.0.0.1/32 scram-sha-256
                """,
                """
                  - local all postgres peer map=agent
                  - local replication replicator scram-sha-256
                  - hostnossl all postgres 127.0.0.1/32 reject
                  - host all rewinder 127.0.0.1/32 scram-sha-256
                  - host replication replicator 127.0.0.1/32 scram-sha-256
                  pg_ident:
                  - agent %s postgres
                  use_unix_socket: true
                  use_unix_socket_repl: true
                """
                        .formatted(
                                Processes.isRoot() ? "postgres" : System.getProperty("user.name")));
    }

    @ParameterizedTest
    @EnumSource(
            value = Postgres.class,
            names = {"V15", "V17"})
    void aClusterLivesAndChangesItsLeader(Postgres postgres) throws Exception {
        TestCluster cluster = CLUSTERS.own(new Plan(postgres, 2, "false", 5));
        cluster.nodes().forEach(SocketAccessIT::letNobodyInOverTcp);
        cluster.start();
        TestNode first = cluster.leader();
        TestNode second = cluster.handOverFrom(first);
        cluster.awaitHealthy();
        Waiting.until(
                "somebody streams from " + second,
                TestCluster.LONG,
                () -> second.status().path("replication").toString().contains("streaming"));
        for (TestNode node : cluster.nodes()) {
            assertThat(node.log())
                    .doesNotContain("does not let user", "WARNING: ", "PostgreSQL at 127.0.0.1");
            assertThat(Files.readString(node.data().resolve("pg_hba.conf"))).contains("reject");
        }
    }
}

package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.FreePorts;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The proxy of a node: whom it lets in, and what it takes over while it runs.
class NodeProxyIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private final int port = FreePorts.next();

    private static String size(int size) {
        return "default_pool_size: " + size + ", admin_users: postgres}";
    }

    private void awaitSize(String by, String size) {
        Waiting.until(
                by,
                TestCluster.LONG,
                () -> ProxyClient.setting(port, "default_pool_size").equals(size));
    }

    @Test
    void usersAreLookedUpAndReloadsAreTaken() throws Exception {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1));
        TestNode node = cluster.nodes().getFirst();
        node.rewriteSettings(
                "toomai:\n",
                """
                toomai:
                  proxy:
                    listen: 127.0.0.1:%d
                    pgbouncer: {pool_mode: transaction, %s
                """
                        .formatted(port, size(8)));
        cluster.start();

        node.execute("create role app login password 'app'");
        Waiting.until(
                "the proxy asks PostgreSQL for the password of app",
                TestCluster.LONG,
                () -> {
                    try (Connection _ = ProxyClient.through(port, "app", "app")) {
                        return true;
                    } catch (SQLException e) {
                        return false;
                    }
                });
        assertThatThrownBy(() -> ProxyClient.through(port, "app", "wrong").close())
                .hasMessageContaining("password authentication failed");

        node.rewriteSettings(size(8), size(9));
        node.signalAgent(Processes.Signal.HUP);
        awaitSize("SIGHUP reloads", "9");
        node.rewriteSettings(size(9), "default_pool_sice: 1, " + size(10));
        node.signalAgent(Processes.Signal.HUP);
        Waiting.until(
                "the log says what is wrong, and where",
                TestCluster.LONG,
                () ->
                        node.log()
                                .lines()
                                .anyMatch(line ->
                                        line.matches(
                                                ".*patroni.yml:[0-9]+:"
                                                        + " toomai.proxy.pgbouncer.default_pool_sice:"
                                                        + " is no setting, did you mean.*")));
        assertThat(ProxyClient.setting(port, "default_pool_size")).isEqualTo("9");
        node.rewriteSettings("default_pool_sice: 1, ", "");
        assertThat(node.rest().change("POST", "/reload", "").code()).isEqualTo(202);
        awaitSize("POST /reload reloads", "10");

        // One that runs elsewhere knows the cluster from the embedded store.
        LoneProxy.start(cluster, "proxy", "  store:\n    voters:\n" + cluster.voterLines()).close();
    }
}

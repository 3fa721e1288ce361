package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.demo.DemoPlan.Replication;
import java.util.stream.Collectors;

/// The settings file of each node. Small and short-tempered: little memory, fast detection.
final class DemoConfig {
    /// A socket's path with `/.s.PGSQL.65535.lock` behind it must fit into 107 bytes.
    private static final int LONGEST_SOCKET_FOLDER = 107 - 20;

    private DemoConfig() {}

    static String of(DemoPlan plan, NodePlan node) {
        return """
        # Written by `toomai demo`. Passwords were made for this demo only.
        scope: %s
        name: %s

        restapi:
          listen: %s
          connect_address: %s

        bootstrap:
        %s
          initdb:
            - encoding: UTF8
            - locale: C
            - data-checksums

        postgresql:
        %s
        watchdog:
          mode: 'off'

        toomai:
          data_dir: %s
          proxy:
            listen: %s:%d
            pgbouncer: {pool_mode: transaction}
          store:
        %s\
        """
                .formatted(
                        DemoPlan.SCOPE,
                        node.name(),
                        node.restapi(),
                        node.restapi(),
                        dynamic(plan),
                        postgres(plan, node),
                        quoted(node.folder().resolve("state").toString()),
                        DemoPlan.HOST,
                        node.ports().proxy(),
                        store(plan, node));
    }

    /// ttl = loop_wait + 2 · retry_timeout, the least the repair rule leaves alone. Where pg_rewind
    /// is missing, the agent copies anew and says why.
    private static String dynamic(DemoPlan plan) {
        boolean synchronous = plan.replication() == Replication.SYNCHRONOUS;
        return """
        dcs:
          ttl: 5
          loop_wait: 1
          retry_timeout: 2
          maximum_lag_on_failover: 1048576
          synchronous_mode: %s
          postgresql:
            use_pg_rewind: true
            use_slots: true
            remove_data_directory_on_rewind_failure: true
            remove_data_directory_on_diverged_timelines: true
            parameters:
              max_connections: 50
              wal_level: replica
              hot_standby: 'on'
              max_wal_senders: 10
              max_replication_slots: 10
              wal_log_hints: 'on'\
        """
                .formatted(synchronous)
                .indent(2)
                .stripTrailing();
    }

    private static String postgres(DemoPlan plan, NodePlan node) {
        String socket = node.folder().toString();
        return """
          listen: 127.0.0.1:%d
          connect_address: 127.0.0.1:%d
          data_dir: %s
          bin_dir: %s
          pgpass: %s
          authentication:
            superuser:
              username: %s
              password: %s
            replication:
              username: replicator
              password: %s
            rewind:
              username: rewinder
              password: %s
          parameters:
            shared_buffers: 32MB
            unix_socket_directories: %s
            password_encryption: scram-sha-256
          pg_hba:
            - local all all scram-sha-256
            - host all all 127.0.0.1/32 scram-sha-256
            - host replication replicator 127.0.0.1/32 scram-sha-256
        """
                .formatted(
                        node.ports().postgres(),
                        node.ports().postgres(),
                        quoted(node.data().toString()),
                        quoted(plan.programs().folder().toString()),
                        quoted(node.folder().resolve("pgpass").toString()),
                        DemoPlan.SUPERUSER,
                        plan.passwords().superuser().reveal(),
                        plan.passwords().replication().reveal(),
                        plan.passwords().rewind().reveal(),
                        quoted(socket.length() <= LONGEST_SOCKET_FOLDER ? socket : ""));
    }

    private static String store(DemoPlan plan, NodePlan node) {
        String voters =
                plan.voters().stream()
                        .map(voter ->
                                "      - %d@%s:%d:%d:%d\n"
                                        .formatted(
                                                voter.id(),
                                                DemoPlan.HOST,
                                                voter.ports().peer(),
                                                voter.ports().election(),
                                                voter.ports().client()))
                        .collect(Collectors.joining());
        String id = plan.voters().contains(node) ? "    id: " + node.id() + "\n" : "";
        return id
                + "    voters:\n"
                + voters
                + "    password: "
                + plan.passwords().store().reveal()
                + "\n";
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}

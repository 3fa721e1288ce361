package io.toomai.e2e;

import java.util.OptionalInt;

/// What a test cluster is made of. Times are seconds.
///
/// @param etcdPort of the etcd that is the store; empty for the embedded store
record Plan(Postgres postgres, int nodes, String synchronousMode, int ttl, OptionalInt etcdPort) {
    Plan(Postgres postgres, int nodes, String synchronousMode, int ttl) {
        this(postgres, nodes, synchronousMode, ttl, OptionalInt.empty());
    }

    static Plan of(Postgres postgres) {
        return new Plan(postgres, 3, "true", 5);
    }

    Plan withNodes(int count) {
        return new Plan(postgres, count, synchronousMode, ttl, etcdPort);
    }

    Plan onEtcd(int port) {
        return new Plan(postgres, nodes, synchronousMode, ttl, OptionalInt.of(port));
    }

    /// The bootstrap section of every node.
    String dynamic() {
        return """
          dcs:
            ttl: %d
            loop_wait: 1
            retry_timeout: 2
            synchronous_mode: %s
            postgresql:
              use_pg_rewind: true
              use_slots: true
              remove_data_directory_on_rewind_failure: true
              remove_data_directory_on_diverged_timelines: true
              parameters:
                max_connections: 50
          initdb:
          - encoding: UTF8
          - data-checksums
          - locale: C
        """
                .formatted(ttl, synchronousMode);
    }
}

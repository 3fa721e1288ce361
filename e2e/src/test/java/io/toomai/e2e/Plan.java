package io.toomai.e2e;

import java.util.Optional;

/// What a test cluster is made of. Times are seconds.
///
/// @param store the settings' section of a store that others run; empty for the embedded store
/// @param storePassword of an embedded store that is open for other hosts; without, it is not
/// @param moreDynamic further lines of `bootstrap.dcs`, from its first column on
record Plan(
        Postgres postgres,
        int nodes,
        String synchronousMode,
        int ttl,
        Optional<String> store,
        Optional<String> storePassword,
        String moreDynamic) {
    Plan(Postgres postgres, int nodes, String synchronousMode, int ttl) {
        this(postgres, nodes, synchronousMode, ttl, Optional.empty(), Optional.empty(), "");
    }

    static Plan of(Postgres postgres) {
        return new Plan(postgres, 3, "true", 5);
    }

    Plan withNodes(int count) {
        return new Plan(postgres, count, synchronousMode, ttl, store, storePassword, moreDynamic);
    }

    Plan openForOthers(String password) {
        return new Plan(
                postgres, nodes, synchronousMode, ttl, store, Optional.of(password), moreDynamic);
    }

    /// With these lines in the first dynamic configuration.
    Plan configured(String lines) {
        return new Plan(postgres, nodes, synchronousMode, ttl, store, storePassword, lines);
    }

    /// @param hosts `host:port[,host:port]…`
    Plan onStore(String section, String hosts) {
        return on("%s:\n  hosts: %s\n".formatted(section, hosts));
    }

    Plan onConsul(int port) {
        return on("consul:\n  host: 127.0.0.1:%d\n  register_service: on\n".formatted(port));
    }

    private Plan on(String lines) {
        return new Plan(
                postgres,
                nodes,
                synchronousMode,
                ttl,
                Optional.of(lines),
                storePassword,
                moreDynamic);
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
        %s\
          initdb:
          - encoding: UTF8
          - data-checksums
          - locale: C
        """
                .formatted(ttl, synchronousMode, moreDynamic.indent(4));
    }
}

package io.toomai.settings;

import java.util.List;
import java.util.Optional;

/// The `bootstrap` section: how the first node makes the cluster.
///
/// @param dcsJson the first dynamic configuration, as JSON text
/// @param method `initdb` or the name of `custom`
/// @param postBootstrap command to run on the new primary
public record BootstrapSettings(
        String dcsJson,
        String method,
        Optional<MethodSettings> custom,
        List<CommandOption> initdb,
        List<String> pgHba,
        Optional<String> postBootstrap) {
    public BootstrapSettings {
        initdb = List.copyOf(initdb);
        pgHba = List.copyOf(pgHba);
    }
}

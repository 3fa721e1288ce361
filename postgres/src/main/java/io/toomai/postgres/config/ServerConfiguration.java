package io.toomai.postgres.config;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the configuration files shall say.
///
/// @param parameters all for the main file, owned ones included
/// @param hba lines of pg_hba.conf; empty = the file is the operator's
/// @param ident lines of pg_ident.conf; empty = the file is the operator's
/// @param customConf file to include instead of the base file
public record ServerConfiguration(
        SortedMap<String, String> parameters,
        List<String> hba,
        List<String> ident,
        Optional<String> customConf,
        Recovery recovery) {
    public ServerConfiguration {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        hba = List.copyOf(hba);
        ident = List.copyOf(ident);
    }

    public ServerConfiguration with(Recovery newRecovery) {
        return new ServerConfiguration(parameters, hba, ident, customConf, newRecovery);
    }

    public ServerConfiguration withParameter(String name, String value) {
        TreeMap<String, String> more = new TreeMap<>(parameters);
        more.put(name, value);
        return new ServerConfiguration(more, hba, ident, customConf, recovery);
    }

    public ServerConfiguration withHba(List<String> newHba) {
        return new ServerConfiguration(parameters, newHba, ident, customConf, recovery);
    }
}

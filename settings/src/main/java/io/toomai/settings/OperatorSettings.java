package io.toomai.settings;

import io.toomai.core.model.MemberName;
import io.toomai.settings.ToomaiSettings.Compatibility;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a settings file and the environment say to a program that looks at clusters: nothing of it
/// is required, so a `patronictl.yaml` will do as well as a member's file. Build it with
/// `SettingsFile.loadOperator`.
///
/// @param scope the cluster that is meant when none is named
/// @param group of a Citus cluster, when the file is a member's of one
/// @param member where the member of this file has its REST interface
/// @param authorities that certificates of REST interfaces are checked against, when `ctl` names
///   none
/// @param store absent when none is named, or none that Toomai can use
public record OperatorSettings(
        Optional<String> scope,
        String namespace,
        Optional<Integer> group,
        Optional<RestAddress> member,
        CtlSettings ctl,
        Optional<Path> authorities,
        Optional<ConsensusStore> store,
        LogSettings log,
        Compatibility compatibility) {
    /// Who asks, as the store sees it; nothing is written under this name.
    private static final MemberName OPERATOR = new MemberName("toomai-operator");

    /// @param scheme `http` or `https`
    public record RestAddress(String scheme, HostPort address) {}

    /// The same with another store, as on a command line.
    ///
    /// @param in namespace there; absent for the one of this file
    public OperatorSettings on(ConsensusStore other, Optional<String> in) {
        return new OperatorSettings(
                scope,
                in.orElse(namespace),
                group,
                member,
                ctl,
                authorities,
                Optional.of(other),
                log,
                compatibility);
    }

    /// Where a cluster's keys are; absent without a store.
    ///
    /// @param citusGroup absent where this is no Citus cluster
    /// @param files folder for what a store's client wants as files; not a member's, whose own
    ///   files are there
    public Optional<StorePlace> place(String cluster, Optional<Integer> citusGroup, Path files) {
        return store.map(
                found -> new StorePlace(found, namespace, cluster, citusGroup, OPERATOR, files));
    }

    /// What reading the file gave.
    public sealed interface Loading {
        record Loaded(OperatorSettings settings, List<Warning> warnings) implements Loading {}

        record Refused(LoadResult.Rejected why) implements Loading {}
    }
}

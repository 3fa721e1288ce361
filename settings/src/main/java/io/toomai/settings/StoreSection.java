package io.toomai.settings;

import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The sections that name a consensus store. Where a file has several the first of this order
/// counts: our own, then Patroni's in Patroni's order.
enum StoreSection {
    EMBEDDED("toomai.store.voters"),
    CONSUL(ConsulReader.SECTION),
    ETCD3(Etcd3Reader.SECTION),
    KUBERNETES(KubernetesReader.SECTION),
    ZOOKEEPER(ZooKeeperReader.SECTION);

    /// Sections of Patroni that name a store which is not available here.
    static final List<String> UNAVAILABLE = List.of("etcd", "exhibitor", "raft");

    private final String path;

    StoreSection(String path) {
        this.path = path;
    }

    /// Empty when the file names no store that is available.
    static Optional<StoreSection> chosen(Values values) {
        return Arrays.stream(values()).filter(s -> values.at(s.path).isPresent()).findFirst();
    }

    ConsensusStore read(Values values, Path toomaiDir, Findings findings) {
        return switch (this) {
            case EMBEDDED -> new StoreReader(values, toomaiDir, findings).store();
            case CONSUL -> new ConsulReader(values, findings).consul();
            case ETCD3 -> new Etcd3Reader(values, findings).etcd3();
            case KUBERNETES -> new KubernetesReader(values, findings).kubernetes();
            case ZOOKEEPER -> new ZooKeeperReader(values, findings).zookeeper();
        };
    }

    /// Exactly one store must be named, and one that is available; what is named beside it is not
    /// used.
    ///
    /// @param nowhere the place to name when there is none
    static void check(Values values, Position nowhere, Findings findings) {
        Optional<StoreSection> chosen = chosen(values);
        chosen.ifPresent(used -> warnOfOthers(used, values, findings));
        if (chosen.isPresent()) {
            return;
        }
        List<String> unavailable =
                UNAVAILABLE.stream().filter(s -> values.at(s).isPresent()).toList();
        for (String section : unavailable) {
            findings.problem(
                    values.at(section).map(Tree::at).orElse(nowhere),
                    section,
                    "store '%s' is not available in this version; use %s"
                            .formatted(section, wayOut(section)));
        }
        if (unavailable.isEmpty()) {
            findings.problem(
                    nowhere,
                    EMBEDDED.path,
                    "is missing; name the voters of the embedded store, such as"
                            + " 1@10.0.0.1:2888:3888:2181, an etcd in etcd3.hosts, a ZooKeeper in"
                            + " zookeeper.hosts, or set kubernetes");
        }
    }

    private static void warnOfOthers(StoreSection used, Values values, Findings findings) {
        String name = used == EMBEDDED ? "toomai.store" : used.path;
        Stream.concat(
                        Arrays.stream(values()).filter(s -> s != used).map(s -> s.path),
                        UNAVAILABLE.stream())
                .forEach(section ->
                        values.at(section)
                                .ifPresent(tree ->
                                        findings.warning(
                                                tree.at(),
                                                section,
                                                "is not used because %s is set".formatted(name))));
    }

    /// An etcd has its newer interface on the same port, but the keys of the older one are not seen
    /// there.
    private static String wayOut(String section) {
        return section.equals("etcd")
                ? "etcd3 with the same hosts: the keys are other ones, so move the whole cluster"
                        + " to etcd3 with Patroni first, or pause it and start all members anew"
                : "the embedded store: toomai.store.voters";
    }
}

package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.cli.rest.ViaMembers.Addresses;
import io.toomai.cli.rest.ViaStore.Part;
import io.toomai.cli.rest.ViaStore.Wanted;
import io.toomai.settings.ConsensusStore;
import io.toomai.settings.HostPort;
import io.toomai.settings.OperatorSettings;
import io.toomai.settings.StoreUrl;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the cluster that a command is about: by a store's URL or members' addresses, demo folder,
/// settings file, environment, the operator's own configuration, or the newest running demo, in
/// that order. A member of the wanted cluster is asked where the settings know one, because that is
/// quicker and works on a node that does not reach the store; else the store is.
public final class Connector {
    private static final String URL_VARIABLE = "DCS_URL";

    private final Map<String, String> environment;
    private final PeerCache cache;

    public Connector(Map<String, String> environment) {
        this.environment = environment;
        this.cache = PeerCache.of(environment);
    }

    /// What the command line said.
    ///
    /// @param addresses a store's URL, or REST addresses of members
    /// @param group of a Citus cluster
    public record Target(
            Optional<Path> config,
            Optional<String> addresses,
            Optional<Path> demo,
            Optional<Integer> group,
            Trust trust) {
        public Target ofGroup(int number) {
            return new Target(config, addresses, demo, Optional.of(number), trust);
        }
    }

    /// Which groups of a Citus cluster a command is about when none is named.
    public enum Groups {
        /// That of the settings file's member.
        OWN,
        ALL
    }

    /// @param name of the cluster; empty for the one that the settings name
    /// @throws CliException BAD_FILE, NO_CLUSTER when nothing says which cluster is meant, REFUSED
    ///   when it cannot be reached this way
    public Cluster connect(Target target, String name, Groups groups) {
        return switch (find(target)) {
            case Found.Members members -> ofMembers(members, target);
            case Found.Named named -> ofNamed(named, target, name, groups);
        };
    }

    /// The cluster's keys in the store, for what members cannot do.
    ///
    /// @throws CliException REFUSED when nothing says where the store is, or which group is meant
    public ViaStore stored(Target target, String name) {
        if (!(find(target) instanceof Found.Named(var settings, _))) {
            throw CliException.refused(
                    "this works on the store, not on members: give -c FILE (a member's"
                            + " patroni.yml) or -d URL (such as etcd3://10.0.0.1:2379)");
        }
        if (settings.group().isPresent() && target.group().isEmpty()) {
            throw CliException.refused("For Citus clusters the --group must be specified");
        }
        return store(settings, new Wanted(name, part(settings, target.group())), target);
    }

    /// Where a search ended.
    private sealed interface Found {
        record Members(List<Node> nodes, Access access, Compatibility compatibility)
                implements Found {}

        record Named(OperatorSettings settings, Reach reach) implements Found {}
    }

    /// Whether the member of the settings is one of the store that is meant.
    private enum Reach {
        MEMBER,
        STORE
    }

    private Cluster ofMembers(Found.Members members, Target target) {
        if (target.group().isPresent()) {
            throw CliException.refused(
                    "only the store knows the groups of a Citus cluster: with --group give -c FILE"
                            + " (a member's patroni.yml) or -d URL (such as"
                            + " etcd3://10.0.0.1:2379)");
        }
        return members(members, target, Optional.empty());
    }

    private Cluster members(Found.Members members, Target target, Optional<Integer> group) {
        return new ViaMembers(
                new Addresses(
                        members.nodes(),
                        trusting(members.access(), target),
                        group,
                        members.compatibility()),
                cache);
    }

    private Cluster ofNamed(Found.Named named, Target target, String name, Groups groups) {
        OperatorSettings settings = named.settings();
        Optional<Integer> own = settings.group();
        Optional<Integer> group =
                switch (groups) {
                    case OWN -> target.group().or(() -> own);
                    case ALL -> target.group();
                };
        boolean ownCluster =
                name.isEmpty() || settings.scope().isEmpty() || settings.scope().get().equals(name);
        if (named.reach() == Reach.MEMBER
                && settings.member().isPresent()
                && ownCluster
                && group.equals(own)) {
            var rest = settings.member().get();
            var node = new Node(rest.scheme(), rest.address().host(), rest.address().port());
            return members(
                    new Found.Members(
                            List.of(node), ConfigFile.access(settings), settings.compatibility()),
                    target,
                    group);
        }
        String scope =
                Optional.of(name)
                        .filter(text -> !text.isEmpty())
                        .or(settings::scope)
                        .orElseThrow(() ->
                                new CliException(
                                        CliException.Code.NO_CLUSTER,
                                        "which cluster? Give its name, or a settings file with its"
                                                + " scope (-c)"));
        return store(settings, new Wanted(scope, part(settings, group)), target);
    }

    private static Part part(OperatorSettings settings, Optional<Integer> group) {
        if (group.isPresent()) {
            return new Part.Group(group.get());
        }
        return settings.group().isPresent() ? new Part.AllGroups() : new Part.Whole();
    }

    private static ViaStore store(OperatorSettings settings, Wanted wanted, Target target) {
        if (settings.store().isEmpty()) {
            throw CliException.refused(
                    "cluster "
                            + wanted.scope()
                            + " is looked up in the store, and the settings name none that Toomai"
                            + " can use: give -d URL (such as etcd3://10.0.0.1:2379)");
        }
        if (wanted.scope().isBlank() || wanted.scope().indexOf('/') >= 0) {
            throw CliException.refused(
                    "'" + wanted.scope() + "' is no name of a cluster: it has a slash or is blank");
        }
        return ViaStore.of(settings, wanted, trusting(ConfigFile.access(settings), target));
    }

    private static Access trusting(Access access, Target target) {
        return target.trust() == Trust.INSECURE ? access.insecure() : access;
    }

    private Found find(Target target) {
        Optional<String> addresses = target.addresses();
        if (addresses.isEmpty() && target.demo().isEmpty()) {
            addresses =
                    Optional.ofNullable(environment.get(URL_VARIABLE)).filter(t -> !t.isBlank());
        }
        if (addresses.isPresent()) {
            Optional<StoreUrl> url = url(addresses.get());
            return url.isPresent()
                    ? ofUrl(target, url.get())
                    : ofAddresses(target, addresses.get());
        }
        if (target.demo().isPresent()) {
            return ofDemo(target.demo().get());
        }
        return settings(target)
                .<Found>map(found -> new Found.Named(found, Reach.MEMBER))
                .or(() -> cache.demo().map(Connector::ofDemo))
                .orElseThrow(() ->
                        new CliException(
                                CliException.Code.NO_CLUSTER,
                                "which cluster? Give -c FILE (a member's patroni.yml) or -d URL (a"
                                        + " store, or HOST:PORT of a member's REST interface), or"
                                        + " start one to look at: toomai demo"));
    }

    private static Optional<StoreUrl> url(String text) {
        try {
            return StoreUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw badUrl(e);
        }
    }

    private static CliException badUrl(IllegalArgumentException why) {
        return CliException.refused("-d/--dcs-url (or DCS_URL): " + why.getMessage());
    }

    /// It replaces all stores that the file names, credentials included.
    private Found ofUrl(Target target, StoreUrl url) {
        List<HostPort> servers =
                url.scheme() == StoreUrl.Scheme.EXHIBITOR
                        ? Exhibitor.servers(url.address())
                        : List.of(url.address());
        ConsensusStore store = url.store(servers);
        OperatorSettings settings =
                file(target)
                        .map(file -> ConfigFile.read(file, environment))
                        .orElseGet(() -> ConfigFile.ofEnvironment(environment));
        return new Found.Named(settings.on(store, url.namespace()), Reach.STORE);
    }

    private Found ofAddresses(Target target, String addresses) {
        List<Node> nodes = nodes(addresses);
        return target.config()
                .map(file -> ConfigFile.read(file, environment))
                .map(file ->
                        new Found.Members(nodes, ConfigFile.access(file), file.compatibility()))
                .orElseGet(() -> new Found.Members(nodes, Access.OPEN, Compatibility.OFF));
    }

    /// Of a file, or of the environment where it says where the cluster is.
    private Optional<OperatorSettings> settings(Target target) {
        Optional<Path> file = file(target);
        if (file.isPresent()) {
            return Optional.of(ConfigFile.read(file.get(), environment));
        }
        return environment.keySet().stream().anyMatch(name -> name.startsWith("PATRONI_"))
                ? Optional.of(ConfigFile.ofEnvironment(environment))
                        .filter(found -> found.member().isPresent() || found.store().isPresent())
                : Optional.empty();
    }

    private Optional<Path> file(Target target) {
        if (target.config().isPresent()) {
            return target.config();
        }
        String named = environment.getOrDefault("PATRONICTL_CONFIG_FILE", "");
        if (!named.isEmpty()) {
            return Optional.of(Path.of(named));
        }
        Path usual =
                Path.of(System.getProperty("user.home", "/"), ".config/patroni/patronictl.yaml");
        return Optional.of(usual).filter(Files::isReadable);
    }

    private static List<Node> nodes(String addresses) {
        try {
            List<Node> nodes =
                    Stream.of(addresses.split(",", -1))
                            .filter(text -> !text.isBlank())
                            .map(Node::parse)
                            .toList();
            if (nodes.isEmpty()) {
                throw new IllegalArgumentException("names nobody");
            }
            return nodes;
        } catch (IllegalArgumentException e) {
            throw badUrl(e);
        }
    }

    private static Found.Members ofDemo(Path folder) {
        Path file = folder.resolve("demo.json");
        try {
            List<Node> nodes =
                    Json.parse(Files.readString(file)).at("members").items().stream()
                            .map((Json member) -> Node.parse(member.textAt("restapi")))
                            .toList();
            if (!nodes.isEmpty()) {
                return new Found.Members(nodes, Access.OPEN, Compatibility.OFF);
            }
        } catch (IOException | SettingsException e) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    "no demo runs in " + folder + ": cannot read " + file);
        }
        throw new CliException(CliException.Code.BAD_FILE, file + " names no members");
    }
}

package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.settings.Settings;
import io.toomai.settings.ToomaiSettings.Compatibility;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds the cluster that a command is about: by addresses, demo folder, settings file,
/// environment, the operator's own configuration, or the newest running demo, in that order.
public final class Connector {
    private final Map<String, String> environment;
    private final PeerCache cache;

    public Connector(Map<String, String> environment) {
        this.environment = environment;
        this.cache = PeerCache.of(environment);
    }

    /// What the command line said.
    public record Target(
            Optional<Path> config, Optional<String> addresses, Optional<Path> demo, Trust trust) {}

    /// @throws CliException BAD_FILE, or REFUSED when nothing says which cluster is meant
    public Cluster connect(Target target) {
        Found found = find(target);
        Access access =
                target.trust() == Trust.INSECURE ? found.access().insecure() : found.access();
        return new Cluster(found.nodes(), new Http(access), cache, found.compatibility());
    }

    /// @param compatibility what the settings file says; off without one
    record Found(List<Node> nodes, Access access, Compatibility compatibility) {}

    private Found find(Target target) {
        if (target.addresses().isPresent()) {
            List<Node> nodes = nodes(target.addresses().get());
            return target.config()
                    .map(this::ofFile)
                    .map(file -> new Found(nodes, file.access(), file.compatibility()))
                    .orElseGet(() -> new Found(nodes, Access.OPEN, Compatibility.OFF));
        }
        if (target.demo().isPresent()) {
            return ofDemo(target.demo().get());
        }
        Optional<Path> file = file(target);
        if (file.isPresent()) {
            return ofFile(file.get());
        }
        return cache.demo()
                .map(Connector::ofDemo)
                .orElseThrow(() ->
                        CliException.refused(
                                "which cluster? Give -c FILE (a member's patroni.yml) or"
                                        + " -d HOST:PORT (a member's REST interface), or"
                                        + " start one to look at: toomai demo"));
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

    /// The settings that say where the store is.
    ///
    /// @throws CliException BAD_FILE, or REFUSED when no settings file is named
    public Settings settings(Target target) {
        return file(target)
                .map(file -> ConfigFile.settings(file, environment))
                .orElseThrow(() ->
                        CliException.refused(
                                "this works on the store, not on members: give -c FILE (a"
                                        + " member's patroni.yml)"));
    }

    /// Schemes with which patronictl names a store.
    private static final Pattern STORE =
            Pattern.compile("^\\s*(etcd3?|consul|zookeeper|exhibitor)://.*");

    private static List<Node> nodes(String addresses) {
        if (STORE.matcher(addresses).matches()) {
            throw CliException.refused(
                    "'"
                            + addresses
                            + "' is a store, and members are asked here: give the REST address of"
                            + " one (-d HOST:8008), or a settings file (-c FILE)");
        }
        try {
            return Stream.of(addresses.split(",", -1))
                    .filter(text -> !text.isBlank())
                    .map(Node::parse)
                    .toList();
        } catch (IllegalArgumentException e) {
            throw CliException.refused(String.valueOf(e.getMessage()));
        }
    }

    private static Found ofDemo(Path folder) {
        Path file = folder.resolve("demo.json");
        try {
            List<Node> nodes =
                    Json.parse(Files.readString(file)).at("members").items().stream()
                            .map((Json member) -> Node.parse(member.textAt("restapi")))
                            .toList();
            if (!nodes.isEmpty()) {
                return new Found(nodes, Access.OPEN, Compatibility.OFF);
            }
        } catch (IOException | SettingsException e) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    "no demo runs in " + folder + ": cannot read " + file);
        }
        throw new CliException(CliException.Code.BAD_FILE, file + " names no members");
    }

    private Found ofFile(Path file) {
        return ConfigFile.read(file, environment);
    }
}

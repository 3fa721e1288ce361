package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        return new Cluster(found.nodes(), new Http(access), cache);
    }

    record Found(List<Node> nodes, Access access) {}

    private Found find(Target target) {
        if (target.addresses().isPresent()) {
            Access access = target.config().map(file -> ofFile(file).access()).orElse(Access.OPEN);
            return new Found(nodes(target.addresses().get()), access);
        }
        if (target.demo().isPresent()) {
            return ofDemo(target.demo().get());
        }
        if (target.config().isPresent()) {
            return ofFile(target.config().get());
        }
        String named = environment.getOrDefault("PATRONICTL_CONFIG_FILE", "");
        if (!named.isEmpty()) {
            return ofFile(Path.of(named));
        }
        Path usual =
                Path.of(System.getProperty("user.home", "/"), ".config/patroni/patronictl.yaml");
        if (Files.isReadable(usual)) {
            return ofFile(usual);
        }
        return cache.demo()
                .map(Connector::ofDemo)
                .orElseThrow(() ->
                        CliException.refused(
                                "which cluster? Give -c FILE (a member's patroni.yml) or"
                                        + " -d HOST:PORT (a member's REST interface), or"
                                        + " start one to look at: toomai demo"));
    }

    private static List<Node> nodes(String addresses) {
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
                return new Found(nodes, Access.OPEN);
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

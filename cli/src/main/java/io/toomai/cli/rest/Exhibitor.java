package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Http.Request;
import io.toomai.settings.HostPort;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.util.List;

/// Asks an Exhibitor where the servers of its ZooKeeper are.
final class Exhibitor {
    private static final String LIST = "/exhibitor/v1/cluster/list";

    private Exhibitor() {}

    /// @throws CliException NO_ANSWER or BAD_ANSWER with whom was asked
    static List<HostPort> servers(HostPort exhibitor) {
        var node = new Node("http", exhibitor.host(), exhibitor.port());
        return switch (new Http(Access.OPEN).send(node, Request.get(LIST), Cluster.QUICK)) {
            case Reply.Answered answer when answer.ok() -> servers(node, answer.body());
            case Reply.Answered(int status, _) ->
                    throw bad(node, "it answered with status " + status);
            case Reply.NoAnswer(String reason) ->
                    throw new CliException(
                            CliException.Code.NO_ANSWER, "the Exhibitor is not there: " + reason);
        };
    }

    private static List<HostPort> servers(Node node, String body) {
        try {
            Json answer = Json.parse(body);
            int port = (int) answer.longAt("port").orElse(0);
            List<HostPort> servers =
                    answer.at("servers").items().stream()
                            .map(server -> new HostPort(server.scalar(), port))
                            .toList();
            if (servers.isEmpty() || port == 0) {
                throw bad(node, "it names no servers");
            }
            return servers;
        } catch (SettingsException | IllegalArgumentException e) {
            throw bad(node, "its answer is " + e.getMessage());
        }
    }

    private static CliException bad(Node node, String what) {
        return new CliException(
                CliException.Code.BAD_ANSWER,
                "the Exhibitor at %s does not say where its ZooKeeper is: %s. Name that instead: -d zookeeper://HOST:2181"
                        .formatted(node, what));
    }
}

package io.toomai.cli;

import io.toomai.cli.data.Yaml;
import io.toomai.settings.HostPort;
import io.toomai.settings.ListenAddresses;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `--validate-config`: says everything that is wrong with a settings file and with this host for
/// it.
final class SettingsCheck {
    private SettingsCheck() {}

    /// What Patroni's flags ask for.
    enum Extra {
        /// `-i`: the file is that of an agent that runs.
        IGNORE_LISTEN_PORT,
        /// `-p`: show file and environment together.
        PRINT
    }

    static int run(Console console, Path file, Map<String, String> environment, Set<Extra> extras) {
        return switch (SettingsFile.load(file, environment)) {
            case LoadResult.Loaded(var settings, var warnings) -> {
                warnings.forEach(warning -> console.warn(warning.toString()));
                List<String> taken =
                        extras.contains(Extra.IGNORE_LISTEN_PORT) ? List.of() : taken(settings);
                taken.forEach(console::warn);
                if (taken.isEmpty() && extras.contains(Extra.PRINT)) {
                    console.print(Yaml.block(Json.parse(settings.shown())));
                }
                yield taken.isEmpty() ? 0 : 1;
            }
            case LoadResult.Rejected(var problems, var warnings) -> {
                problems.forEach(problem -> console.warn(problem.toString()));
                warnings.forEach(warning -> console.warn(warning.toString()));
                yield 1;
            }
        };
    }

    private static List<String> taken(Settings settings) {
        List<String> taken = new ArrayList<>();
        HostPort rest = settings.restapi().listen();
        look("restapi.listen", List.of(rest.host()), rest.port(), taken);
        ListenAddresses postgres = settings.postgresql().listen();
        look("postgresql.listen", postgres.hosts(), postgres.port(), taken);
        return taken;
    }

    private static void look(String key, List<String> hosts, int port, List<String> into) {
        for (String host : hosts) {
            String plain = host.replaceAll("[\\[\\]]", "");
            InetSocketAddress address =
                    plain.isEmpty() || plain.equals("*")
                            ? new InetSocketAddress(port)
                            : new InetSocketAddress(plain, port);
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(address);
            } catch (IOException e) {
                into.add(
                        key
                                + ": "
                                + host
                                + ":"
                                + port
                                + " cannot be listened on ("
                                + e.getMessage()
                                + "); free it, or leave this check out with -i where the node"
                                + " runs already");
            } catch (IllegalArgumentException e) {
                into.add(key + ": " + host + ":" + port + ": " + e.getMessage());
            }
        }
    }
}

package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.ClientCertificate;
import io.toomai.cli.rest.Access.Login;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.settings.CtlSettings;
import io.toomai.settings.LoadResult;
import io.toomai.settings.RestApiSettings;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Where a member's settings say that its REST interface is, and how to speak with it.
final class ConfigFile {
    private ConfigFile() {}

    static Connector.Found read(Path file, Map<String, String> environment) {
        return found(settings(file, environment));
    }

    static Settings settings(Path file, Map<String, String> environment) {
        if (!Files.isReadable(file)) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    "Provided config file "
                            + file
                            + " not existing or no read rights. Check the -c/--config-file parameter");
        }
        return switch (SettingsFile.load(file, environment)) {
            case LoadResult.Loaded(Settings settings, _) -> settings;
            case LoadResult.Rejected(var problems, _) ->
                    throw new CliException(
                            CliException.Code.BAD_FILE,
                            file
                                    + " cannot be used: "
                                    + problems.stream()
                                            .map(Object::toString)
                                            .collect(Collectors.joining("; ")));
        };
    }

    private static Connector.Found found(Settings settings) {
        RestApiSettings rest = settings.restapi();
        Node node =
                new Node(rest.scheme(), rest.connectAddress().host(), rest.connectAddress().port());
        return new Connector.Found(
                List.of(node), access(settings.ctl(), rest), settings.toomai().compatibility());
    }

    private static Access access(CtlSettings ctl, RestApiSettings rest) {
        return new Access(
                ctl.insecure() ? Trust.INSECURE : Trust.VERIFY,
                ctl.cacert().or(() -> rest.tls().flatMap(RestApiSettings.Tls::cafile)),
                ctl.certfile()
                        .map(file ->
                                new ClientCertificate(file, ctl.keyfile(), ctl.keyfilePassword())),
                ctl.authentication()
                        .or(rest::authentication)
                        .map(user -> new Login(user.username(), user.password())));
    }
}

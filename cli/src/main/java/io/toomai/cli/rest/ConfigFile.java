package io.toomai.cli.rest;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.ClientCertificate;
import io.toomai.cli.rest.Access.Login;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.settings.CtlSettings;
import io.toomai.settings.OperatorSettings;
import io.toomai.settings.OperatorSettings.Loading;
import io.toomai.settings.SettingsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A member's settings or an operator's own: which cluster they mean and how to speak with it.
final class ConfigFile {
    private ConfigFile() {}

    static OperatorSettings read(Path file, Map<String, String> environment) {
        if (!Files.isReadable(file)) {
            throw new CliException(
                    CliException.Code.BAD_FILE,
                    "Provided config file "
                            + file
                            + " not existing or no read rights. Check the -c/--config-file parameter");
        }
        return loaded(SettingsFile.loadOperator(Optional.of(file), environment), file.toString());
    }

    /// What variables alone say.
    static OperatorSettings ofEnvironment(Map<String, String> environment) {
        return loaded(SettingsFile.loadOperator(Optional.empty(), environment), "the environment");
    }

    private static OperatorSettings loaded(Loading loading, String source) {
        return switch (loading) {
            case Loading.Loaded(OperatorSettings settings, _) -> settings;
            case Loading.Refused(var why) ->
                    throw new CliException(
                            CliException.Code.BAD_FILE,
                            source
                                    + " cannot be used: "
                                    + why.problems().stream()
                                            .map(Object::toString)
                                            .collect(Collectors.joining("; ")));
        };
    }

    static Access access(OperatorSettings settings) {
        CtlSettings ctl = settings.ctl();
        return new Access(
                ctl.insecure() ? Trust.INSECURE : Trust.VERIFY,
                ctl.cacert().or(settings::authorities),
                ctl.certfile()
                        .map(file ->
                                new ClientCertificate(file, ctl.keyfile(), ctl.keyfilePassword())),
                ctl.authentication().map(user -> new Login(user.username(), user.password())));
    }
}

package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.Optional;

/// The `ctl` section: how commands and peers call a REST API. Credentials fall back to
/// `restapi.authentication`.
public record CtlSettings(
        boolean insecure,
        Optional<Path> cacert,
        Optional<Path> certfile,
        Optional<Path> keyfile,
        Optional<Secret> keyfilePassword,
        Optional<Credentials> authentication) {}

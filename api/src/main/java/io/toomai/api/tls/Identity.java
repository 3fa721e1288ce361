package io.toomai.api.tls;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.Optional;

/// A certificate chain and its key, in PEM files.
///
/// @param keyfile absent when the key stands in `certfile` too
public record Identity(Path certfile, Optional<Path> keyfile, Optional<Secret> keyfilePassword) {}

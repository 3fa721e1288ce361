package io.toomai.settings;

import io.toomai.core.model.Secret;

/// A user name and password.
public record Credentials(String username, Secret password) {}

package io.toomai.cli.rest;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.Optional;

/// How to prove who we are and how to check who answers.
public record Access(
        Trust trust,
        Optional<Path> authorities,
        Optional<ClientCertificate> certificate,
        Optional<Login> login) {
    /// No credentials, certificates checked against the system's authorities.
    public static final Access OPEN =
            new Access(Trust.VERIFY, Optional.empty(), Optional.empty(), Optional.empty());

    /// Whether a server's certificate and name are checked.
    public enum Trust {
        VERIFY,
        INSECURE
    }

    /// PEM files; the key may stand in the certificate's file.
    public record ClientCertificate(
            Path certificate, Optional<Path> key, Optional<Secret> password) {}

    /// A user name and password for requests that change something.
    public record Login(String username, Secret password) {}

    public Access insecure() {
        return new Access(Trust.INSECURE, authorities, certificate, login);
    }
}

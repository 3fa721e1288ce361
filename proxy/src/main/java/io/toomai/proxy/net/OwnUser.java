package io.toomai.proxy.net;

import io.toomai.proxy.console.Right;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The user of the operating system as whom this process runs. Over a Unix socket it may be user
/// `pgbouncer` at the console, without a password: whoever is that user could do anything to the
/// process anyway.
final class OwnUser {
    private static final int NUMBER = number();

    private OwnUser() {}

    private static int number() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot see as whom this process runs", e);
        }
    }

    /// Whether it is this user who comes to the console.
    static boolean comes(Identity identity, Arrival arrival) {
        return identity.database().equals(Right.DATABASE)
                && identity.user().equals(Right.OWN_USER)
                && arrival.systemUser().isPresent()
                && arrival.systemUser().getAsInt() == NUMBER;
    }
}

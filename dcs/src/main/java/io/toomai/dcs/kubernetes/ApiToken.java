package io.toomai.dcs.kubernetes;

import io.toomai.core.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service account's token. Kubernetes replaces the file long before the token ends, so it is
/// read again from time to time, and at once when a server refuses the one that is known.
/// Thread-safe. [#refresh] reads a file and may wait for it.
final class ApiToken {
    private static final Logger LOG = LoggerFactory.getLogger(ApiToken.class);
    private static final Secret NONE = new Secret("");

    private final Path file;
    private volatile Secret current = NONE;

    ApiToken(Path file) {
        this.file = file;
    }

    Secret current() {
        if (current.equals(NONE)) {
            refresh();
        }
        return current;
    }

    /// What the file says when that one was refused; the same one where there is no other.
    Secret newerThan(Secret refused) {
        if (current.equals(refused)) {
            refresh();
        }
        return current;
    }

    /// What cannot be read leaves the known token in use.
    void refresh() {
        try {
            Secret read = new Secret(Files.readString(file).strip());
            if (!read.equals(NONE)) {
                current = read;
            }
        } catch (IOException e) {
            LOG.warn("the service account's token {} cannot be read: {}", file, e.toString());
        }
    }
}

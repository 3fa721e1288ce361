package io.toomai.settings.pem;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file of certificates or keys cannot be used; the message names it and says why.
public final class PemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PemException(Path file, String why, @Nullable Exception cause) {
        super("PEM file " + file + " cannot be used: " + why, cause);
    }
}

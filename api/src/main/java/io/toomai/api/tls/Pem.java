package io.toomai.api.tls;

import io.toomai.api.ApiException;
import io.toomai.api.ApiException.Code;
import io.toomai.core.model.Secret;
import io.toomai.settings.pem.PemException;
import io.toomai.settings.pem.PemFile;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What [PemFile] reads, for interfaces: what cannot be used is an [ApiException].
public final class Pem {
    private Pem() {}

    /// All certificates of the file, in order.
    public static List<X509Certificate> certificates(Path file) {
        return usable(() -> PemFile.certificates(file));
    }

    /// The first private key of the file.
    public static PrivateKey privateKey(Path file, Optional<Secret> password) {
        return usable(() -> PemFile.privateKey(file, password));
    }

    private static <T> T usable(Supplier<T> read) {
        try {
            return read.get();
        } catch (PemException e) {
            throw new ApiException(
                    Code.API_CERTIFICATE_UNUSABLE, String.valueOf(e.getMessage()), e);
        }
    }
}

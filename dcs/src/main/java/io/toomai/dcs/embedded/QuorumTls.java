package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Tells ZooKeeper how members prove themselves to each other: by certificates of the same
/// authorities, in both directions, on peer and election ports. ZooKeeper reads its properties for
/// that from the process, so one process has one identity.
final class QuorumTls {
    private static final String PREFIX = "zookeeper.ssl.quorum.";
    private static final String PRIVATE = "rw-------";

    private QuorumTls() {}

    /// ZooKeeper wants certificate and key in one file: a copy that its owner alone may read.
    ///
    /// @throws DcsException when a file is missing or of a kind that ZooKeeper does not read
    static void apply(Tls tls, Path directory) {
        try {
            String key = Files.readString(tls.key());
            if (!key.contains("-----BEGIN PRIVATE KEY-----")) {
                throw new IOException(
                        tls.key()
                                + " holds no unencrypted PKCS#8 key (BEGIN PRIVATE KEY); openssl pkcs8 -topk8 -nocrypt makes one");
            }
            Path identity = directory.resolve("identity.pem");
            writePrivately(identity, key.strip() + "\n" + Files.readString(tls.certificate()));
            System.setProperty(PREFIX + "keyStore.location", identity.toString());
            System.setProperty(PREFIX + "keyStore.type", "PEM");
            System.setProperty(PREFIX + "trustStore.location", tls.authorities().toString());
            System.setProperty(PREFIX + "trustStore.type", "PEM");
            System.setProperty(PREFIX + "clientAuth", "need");
            System.setProperty(
                    PREFIX + "hostnameVerification",
                    switch (tls.hostCheck()) {
                        case ON -> "true";
                        case OFF -> "false";
                    });
        } catch (IOException e) {
            throw new DcsException(
                    DcsException.Code.DCS_EMBEDDED,
                    "the embedded store cannot use its certificates (toomai.store.tls): "
                            + e.getMessage(),
                    e);
        }
    }

    private static void writePrivately(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(
                fresh,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
        Files.writeString(fresh, text, StandardCharsets.UTF_8);
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

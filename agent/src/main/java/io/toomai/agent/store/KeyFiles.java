package io.toomai.agent.store;

import io.toomai.api.tls.Identity;
import io.toomai.api.tls.Pem;
import io.toomai.core.model.Secret;
import io.toomai.dcs.zookeeper.ZooKeeperServers.KeyFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.HexFormat;
import java.util.List;

/// Keys and certificates as ZooKeeper's client reads them: it takes files only, and fewer kinds of
/// PEM than Patroni's users have. They are made anew at each start under a password that only this
/// process knows. Used by one thread.
final class KeyFiles {
    private static final int PASSWORD_BYTES = 32;

    private final Path folder;
    private final Secret password;

    /// @param folder where they are kept; made when it is absent
    KeyFiles(Path folder) {
        this.folder = folder;
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        this.password = new Secret(HexFormat.of().formatHex(random));
    }

    /// What goes into a file.
    private interface Content {
        void into(KeyStore store) throws GeneralSecurityException;
    }

    /// @throws io.toomai.api.ApiException when that file cannot be used
    KeyFile authorities(Path cacert) throws IOException {
        List<? extends Certificate> certificates = Pem.certificates(cacert);
        return write(
                "zookeeper-authorities.p12",
                store -> {
                    for (int i = 0; i < certificates.size(); i++) {
                        store.setCertificateEntry("authority" + i, certificates.get(i));
                    }
                });
    }

    /// @throws io.toomai.api.ApiException when one of its files cannot be used
    KeyFile identity(Identity identity) throws IOException {
        Certificate[] chain = Pem.certificates(identity.certfile()).toArray(Certificate[]::new);
        var key =
                Pem.privateKey(
                        identity.keyfile().orElse(identity.certfile()), identity.keyfilePassword());
        return write(
                "zookeeper-identity.p12",
                store -> store.setKeyEntry("toomai", key, secret(), chain));
    }

    private char[] secret() {
        return password.reveal().toCharArray();
    }

    private KeyFile write(String name, Content content) throws IOException {
        Path file = Files.createDirectories(folder).resolve(name);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            content.into(store);
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(file)) {
                store.store(out, secret());
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("the key file " + file + " cannot be made", e);
        }
        return new KeyFile(file, password);
    }
}

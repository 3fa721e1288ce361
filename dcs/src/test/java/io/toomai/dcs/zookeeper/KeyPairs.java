package io.toomai.dcs.zookeeper;

import io.toomai.core.model.Secret;
import io.toomai.dcs.zookeeper.ZooKeeperServers.KeyFile;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

/// Keys and self-signed certificates in a folder, made by this Java's keytool.
final class KeyPairs {
    private static final Secret PASSWORD = new Secret("changeit-please");

    private final Path dir;

    KeyPairs(Path dir) {
        this.dir = dir;
    }

    /// The key of `CN=name` and its certificate.
    KeyFile identity(String name) throws Exception {
        Path file = dir.resolve(name + ".p12");
        int code =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                name,
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=" + name,
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                PASSWORD.reveal())
                        .redirectErrorStream(true)
                        .redirectOutput(dir.resolve(name + ".keytool").toFile())
                        .start()
                        .waitFor();
        if (code != 0) {
            throw new AssertionError("keytool failed, see " + dir);
        }
        return new KeyFile(file, PASSWORD);
    }

    /// The certificates of these names, and no key.
    KeyFile authorities(String... names) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (String name : names) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(dir.resolve(name + ".p12"))) {
                keys.load(in, PASSWORD.reveal().toCharArray());
            }
            trusted.setCertificateEntry(name, keys.getCertificate(name));
        }
        Path file = dir.resolve(String.join("-", names) + "-trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            trusted.store(out, PASSWORD.reveal().toCharArray());
        }
        return new KeyFile(file, PASSWORD);
    }
}

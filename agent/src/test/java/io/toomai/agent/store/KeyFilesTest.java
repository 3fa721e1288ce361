package io.toomai.agent.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.tls.Identity;
import io.toomai.dcs.zookeeper.ZooKeeperServers.KeyFile;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
    private static final String PASSWORD = "changeit-please";

    @TempDir private Path dir;

    private static KeyStore read(Path file, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        return store;
    }

    private static KeyStore read(KeyFile file) throws Exception {
        return read(file.file(), file.password().reveal());
    }

    private KeyStore made() throws Exception {
        Path file = dir.resolve("made.p12");
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String command =
                keytool
                        + " -genkeypair -alias a -keyalg EC -dname CN=a -storetype PKCS12"
                        + " -storepass "
                        + PASSWORD
                        + " -keystore "
                        + file;
        int code =
                new ProcessBuilder(command.split(" ", -1))
                        .redirectErrorStream(true)
                        .redirectOutput(dir.resolve("keytool.log").toFile())
                        .start()
                        .waitFor();
        assertThat(code).isZero();
        return read(file, PASSWORD);
    }

    private Path pem(String name, String label, byte[] bytes) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(
                dir.resolve(name),
                "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, body, label));
    }

    @Test
    void keysAndCertificatesAreKeptForThisProcessAlone() throws Exception {
        KeyStore made = made();
        Key key = made.getKey("a", PASSWORD.toCharArray());
        Certificate certificate = made.getCertificate("a");
        Path certfile = pem("a.crt", "CERTIFICATE", certificate.getEncoded());
        Path keyfile = pem("a.key", "PRIVATE KEY", key.getEncoded());
        Path folder = dir.resolve("data");
        Identity own = new Identity(certfile, Optional.of(keyfile), Optional.empty());
        KeyFile old = new KeyFiles(folder).identity(own);
        KeyFiles files = new KeyFiles(folder);
        KeyFile identity = files.identity(own);
        KeyFile authorities = files.authorities(certfile);
        assertThat(identity.password()).isNotEqualTo(old.password());
        assertThat(read(identity).getKey("toomai", identity.password().reveal().toCharArray()))
                .isEqualTo(key);
        assertThat(read(identity).getCertificate("toomai")).isEqualTo(certificate);
        assertThat(read(authorities).getCertificate("authority0")).isEqualTo(certificate);
        for (KeyFile file : new KeyFile[] {identity, authorities}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.file())))
                    .isEqualTo("rw-------");
            assertThat(file.toString()).doesNotContain(file.password().reveal());
        }
    }
}

package io.toomai.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.api.ApiException;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys as operators have them.
class PemTest {
    @TempDir Path directory;
    private OpenSsl openssl;

    @BeforeEach
    void openssl() {
        openssl = new OpenSsl(directory);
    }

    private java.security.PrivateKey key(String name) {
        return Pem.privateKey(directory.resolve(name), Optional.of(new Secret("secret")));
    }

    @Test
    void rsaInEveryForm() throws IOException {
        openssl.run("genrsa", "-traditional", "-out", "pkcs1", "2048");
        openssl.run("pkcs8", "-topk8", "-nocrypt", "-in", "pkcs1", "-out", "pkcs8");
        openssl.run("pkcs8", "-topk8", "-passout", "pass:secret", "-in", "pkcs1", "-out", "enc");
        assertThat(Files.readString(directory.resolve("pkcs1"))).contains("BEGIN RSA PRIVATE KEY");
        assertThat(key("pkcs1").getAlgorithm()).isEqualTo("RSA");
        assertThat(key("pkcs8")).isEqualTo(key("pkcs1"));
        assertThat(key("enc")).isEqualTo(key("pkcs1"));
    }

    @Test
    void ellipticCurvesInEveryForm() throws IOException {
        openssl.run("ecparam", "-name", "secp384r1", "-genkey", "-out", "sec1");
        openssl.run("pkcs8", "-topk8", "-nocrypt", "-in", "sec1", "-out", "pkcs8");
        openssl.run("genpkey", "-algorithm", "ed25519", "-out", "ed");
        assertThat(Files.readString(directory.resolve("sec1"))).contains("BEGIN EC PRIVATE KEY");
        assertThat(key("sec1").getAlgorithm()).isEqualTo("EC");
        assertThat(((java.security.interfaces.ECPrivateKey) key("sec1")).getS())
                .isEqualTo(((java.security.interfaces.ECPrivateKey) key("pkcs8")).getS());
        assertThat(key("ed").getAlgorithm()).isEqualTo("EdDSA");
    }

    @Test
    void whatCannotBeUsedIsToldWithTheFile() throws IOException {
        Files.writeString(directory.resolve("empty"), "");
        Files.writeString(
                directory.resolve("bad"),
                "-----BEGIN EC PRIVATE KEY-----\nMAoCAQE=\n-----END EC PRIVATE KEY-----\n");
        openssl.run("genrsa", "-out", "plain", "2048");
        openssl.run("pkcs8", "-topk8", "-passout", "pass:other", "-in", "plain", "-out", "enc");
        for (String name : new String[] {"missing", "empty", "bad", "enc"}) {
            assertThatThrownBy(() -> key(name))
                    .as(name)
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining(directory.resolve(name).toString());
        }
        assertThatThrownBy(() -> Pem.privateKey(directory.resolve("enc"), Optional.empty()))
                .hasMessageContaining("keyfile_password");
        openssl.run(
                "rsa",
                "-aes128",
                "-passout",
                "pass:x",
                "-traditional",
                "-in",
                "plain",
                "-out",
                "old");
        assertThatThrownBy(() -> key("old")).hasMessageContaining("OpenSSL's old form");
        assertThatThrownBy(() -> Pem.certificates(directory.resolve("empty")))
                .hasMessageContaining("no certificate");
    }
}

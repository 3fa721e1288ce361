package io.toomai.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.cli.CliException;
import io.toomai.cli.rest.Access.ClientCertificate;
import io.toomai.cli.rest.Access.Trust;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextTest {
    @TempDir Path directory;

    @Test
    void takesAnEncryptedKeyAndAuthorities() throws IOException, InterruptedException {
        openssl("genpkey -algorithm RSA -aes256 -pass pass:secret -out key");
        openssl("req -x509 -key key -passin pass:secret -subj /CN=operator -out certificate");
        assertThat(TlsContext.of(access("secret")).getProtocol()).isEqualTo("TLS");
        assertThatThrownBy(() -> TlsContext.of(access("wrong")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining(directory.resolve("key").toString());
    }

    @Test
    void namesTheFileThatIsMissing() {
        assertThatThrownBy(() -> TlsContext.of(access("secret")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("ctl/restapi")
                .hasMessageContaining(directory.toString());
    }

    private Access access(String password) {
        Path certificate = directory.resolve("certificate");
        return new Access(
                Trust.VERIFY,
                Optional.of(certificate),
                Optional.of(
                        new ClientCertificate(
                                certificate,
                                Optional.of(directory.resolve("key")),
                                Optional.of(new Secret(password)))),
                Optional.empty());
    }

    private void openssl(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ", -1)));
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}

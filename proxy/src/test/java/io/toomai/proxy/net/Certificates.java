package io.toomai.proxy.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// An authority and the certificates that it has signed, as files in PEM, made by the system's
/// `openssl`.
record Certificates(Path folder) {
    private static final String KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

    static Certificates create(Path folder) throws Exception {
        Certificates made = new Certificates(Files.createDirectories(folder));
        made.openssl("req -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem " + KEY);
        return made;
    }

    /// `NAME.pem` and `NAME.key`.
    ///
    /// @param alternative as openssl writes it: `IP:127.0.0.1` or `DNS:name`
    Certificates issue(String name, String alternative) throws Exception {
        openssl(
                "req -subj /CN=%1$s -addext subjectAltName=%2$s -keyout %1$s.key -out %1$s.csr "
                                .formatted(name, alternative)
                        + KEY);
        sign(name, 2);
        Files.setPosixFilePermissions(
                folder.resolve(name + ".key"), PosixFilePermissions.fromString("rw-------"));
        return this;
    }

    /// The certificate of `NAME` anew, as one that has run out.
    Certificates expire(String name) throws Exception {
        sign(name, -1);
        return this;
    }

    private void sign(String name, int days) throws Exception {
        openssl(
                ("x509 -req -in %1$s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days %2$d"
                                + " -copy_extensions copy -out %1$s.pem")
                        .formatted(name, days));
    }

    /// `NAME.key` as `openssl` wrote keys of old (SEC 1), in `NAME.old.key`; and a pair for RSA
    /// (PKCS#1), `NAME.rsa.pem` and `NAME.rsa.key`.
    Certificates old(String name) throws Exception {
        openssl("pkey -traditional -in %1$s.key -out %1$s.old.key".formatted(name));
        openssl(
                ("req -x509 -days 2 -subj /CN=old -addext subjectAltName=IP:127.0.0.1 -nodes"
                                + " -newkey rsa:2048 -keyout %1$s.new.key -out %1$s.rsa.pem")
                        .formatted(name));
        openssl("rsa -traditional -in %1$s.new.key -out %1$s.rsa.key".formatted(name));
        openssl(
                "rsa -aes128 -passout pass:secret -traditional -in %1$s.new.key -out %1$s.locked.key"
                        .formatted(name));
        return this;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    private void openssl(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(arguments + " failed: " + said);
        }
    }
}

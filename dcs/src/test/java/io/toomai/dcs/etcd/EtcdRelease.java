package io.toomai.dcs.etcd;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// The releases of etcd that the adapter is tested with; `dev/test` gets them.
enum EtcdRelease {
    /// Of Debian 12, unpacked.
    V3_4("TOOMAI_ETCD34_BIN", "/var/cache/toomai-test/etcd34/usr/bin/etcd"),
    /// Of Debian 13, unpacked.
    V3_5("TOOMAI_ETCD35_BIN", "/var/cache/toomai-test/etcd35/usr/bin/etcd");

    private final String variable;
    private final String usual;

    EtcdRelease(String variable, String usual) {
        this.variable = variable;
        this.usual = usual;
    }

    /// Skips the test where there is none.
    Path program() {
        Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
        Assumptions.assumeTrue(
                Files.isExecutable(program),
                () ->
                        "no etcd "
                                + name()
                                + " at "
                                + program
                                + " ("
                                + variable
                                + "); dev/test gets it");
        return program;
    }
}

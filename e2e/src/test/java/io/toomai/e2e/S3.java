package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// An object store on loopback that speaks S3 over TLS, with one bucket. Closing it kills it.
record S3(Process process, int port) implements AutoCloseable {
    private static final String USUAL =
            "/var/cache/toomai-test/s3proxy/s3proxy-4.1.0-jar-with-dependencies.jar";

    /// Skips the test where its program is missing.
    ///
    /// @param folder for its objects, its key and its log
    static S3 start(Path folder) {
        Path jar = Path.of(Optional.ofNullable(System.getenv("TOOMAI_S3PROXY_JAR")).orElse(USUAL));
        assumeTrue(
                Files.isReadable(jar),
                () -> "no S3Proxy at " + jar + " (TOOMAI_S3PROXY_JAR); dev/test gets it");
        Path java = Path.of(System.getProperty("java.home"), "bin");
        Path keys = folder.resolve("s3.p12");
        Processes.run(
                java.resolve("keytool").toString(),
                "-genkeypair",
                "-alias",
                "s3",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                "changeit");
        int port = FreePorts.next();
        try {
            Files.createDirectories(folder.resolve("objects/bucket"));
            Path properties =
                    Files.writeString(
                            folder.resolve("s3.properties"),
                            """
                            s3proxy.secure-endpoint=https://127.0.0.1:%d
                            s3proxy.keystore-path=%s
                            s3proxy.keystore-password=changeit
                            s3proxy.authorization=aws-v2-or-v4
                            s3proxy.identity=test-identity
                            s3proxy.credential=test-credential
                            jclouds.provider=filesystem-nio2
                            jclouds.filesystem.basedir=%s
                            """
                                    .formatted(port, keys, folder.resolve("objects")));
            Process process =
                    new ProcessBuilder(
                                    java.resolve("java").toString(),
                                    "-Xmx128m",
                                    "-jar",
                                    jar.toString(),
                                    "--properties",
                                    properties.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("s3.log").toFile())
                            .start();
            S3 store = new S3(process, port);
            store.awaitStart();
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitStart() {
        try {
            Waiting.until(
                    "the object store",
                    Duration.ofSeconds(60),
                    () -> {
                        new Socket(InetAddress.getLoopbackAddress(), port).close();
                        return true;
                    });
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// The lines of pgbackrest.conf that say where the repository is.
    String repository() {
        return """
        repo1-type=s3
        repo1-path=/repository
        repo1-s3-bucket=bucket
        repo1-s3-endpoint=127.0.0.1
        repo1-s3-region=us-east-1
        repo1-s3-key=test-identity
        repo1-s3-key-secret=test-credential
        repo1-s3-uri-style=path
        repo1-storage-host=127.0.0.1
        repo1-storage-port=%d
        repo1-storage-verify-tls=n
        """
                .formatted(port);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}

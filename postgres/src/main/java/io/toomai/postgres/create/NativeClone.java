package io.toomai.postgres.create;

import io.toomai.core.model.Secret;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.wire.BaseBackup;
import io.toomai.wire.BaseBackupOptions;
import io.toomai.wire.ConnectOptions;
import io.toomai.wire.Credentials;
import io.toomai.wire.ReplicationConnection;
import io.toomai.wire.Tls;
import io.toomai.wire.TlsMode;
import io.toomai.wire.WireException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies by the replication protocol itself, for hosts without pg_basebackup. Sources from
/// PostgreSQL 15 on; WAL comes at the end of the copy, so the source must still have it (a slot or
/// `wal_keep_size`). Options for pg_basebackup are not understood and are named in the log.
public final class NativeClone implements CloneMethod {
    private static final Logger log = LoggerFactory.getLogger(NativeClone.class);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    @Override
    public void copy(Path target, Source source, Progress progress) {
        if (!source.options().isEmpty()) {
            log.warn("pg_basebackup is missing; its options are ignored: {}", source.options());
        }
        long end = System.nanoTime() + source.timeout().toNanos();
        Credentials credentials =
                new Credentials(
                        source.replication().user(),
                        source.replication().password().map(Secret::reveal).orElse(""));
        ConnectOptions options =
                ConnectOptions.to(source.server().host(), source.server().port(), credentials)
                        .withTls(Tls.of(tlsMode(source)));
        try (ReplicationConnection connection = ReplicationConnection.open(options)) {
            BaseBackup.into(
                    connection,
                    BaseBackupOptions.labelled("Toomai clone")
                            .withTimeouts(source.timeout(), SILENCE),
                    target,
                    (done, total) -> {
                        if (System.nanoTime() - end > 0) {
                            throw new PostgresException(
                                    Code.TIMEOUT,
                                    "the copy of "
                                            + source.server()
                                            + " did not end within "
                                            + source.timeout());
                        }
                        progress.copied(done, total);
                    });
        } catch (WireException e) {
            throw new PostgresException(
                    code(e), "the copy of " + source.server() + " failed: " + e.getMessage(), e);
        }
    }

    private static TlsMode tlsMode(Source source) {
        String mode = source.replication().options().getOrDefault("sslmode", "prefer");
        return switch (mode) {
            case "disable" -> TlsMode.DISABLE;
            case "allow", "prefer" -> TlsMode.PREFER;
            case "require" -> TlsMode.REQUIRE;
            default ->
                    throw new PostgresException(
                            Code.BINARIES_MISSING,
                            "sslmode "
                                    + mode
                                    + " for replication needs the program pg_basebackup, which is"
                                    + " missing; install PostgreSQL's client programs");
        };
    }

    private static Code code(WireException e) {
        return switch (e.code()) {
            case WIRE_DISK_FULL -> Code.DISK_FULL;
            case WIRE_AUTHENTICATION -> Code.AUTHENTICATION;
            case WIRE_CONNECT -> Code.REFUSED;
            case WIRE_TIMEOUT -> Code.TIMEOUT;
            case WIRE_CLOSED -> Code.CONNECTION_LOST;
            case WIRE_FILE, WIRE_TARGET -> Code.FILE;
            case WIRE_TLS, WIRE_PROTOCOL, WIRE_SERVER_ERROR, WIRE_UNSUPPORTED, WIRE_ARCHIVE ->
                    Code.PROGRAM_FAILED;
        };
    }
}

package io.toomai.agent.server;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.create.CloneMethod;
import io.toomai.wire.BaseBackup;
import io.toomai.wire.BaseBackupOptions;
import io.toomai.wire.ConnectOptions;
import io.toomai.wire.Credentials;
import io.toomai.wire.ReplicationConnection;
import io.toomai.wire.WireException;
import java.nio.file.Path;

/// Copies by our own BASE_BACKUP client, where pg_basebackup is not installed.
final class WireClone implements CloneMethod {
    @Override
    public void copy(Path target, Source source, Progress progress) {
        Credentials credentials =
                new Credentials(
                        source.replication().user(),
                        source.replication().password().map(p -> p.reveal()).orElse(""));
        ConnectOptions options =
                ConnectOptions.to(source.server().host(), source.server().port(), credentials)
                        .withApplicationName("Toomai clone");
        BaseBackupOptions how =
                BaseBackupOptions.labelled("toomai clone")
                        .withCheckpoint(BaseBackupOptions.Checkpoint.FAST);
        try (ReplicationConnection connection = ReplicationConnection.open(options)) {
            BaseBackup.into(connection, how, target, progress::copied);
        } catch (WireException e) {
            throw new PostgresException(
                    e.code() == WireException.Code.WIRE_DISK_FULL
                            ? PostgresException.Code.DISK_FULL
                            : PostgresException.Code.PROGRAM_FAILED,
                    "copying from " + source.server() + " failed: " + e.getMessage(),
                    e);
        }
    }
}

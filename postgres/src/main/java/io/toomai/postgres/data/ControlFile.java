package io.toomai.postgres.data;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;

/// Reads `global/pg_control` of PostgreSQL 14 to 18 without running a program: microseconds, and it
/// works while the server is down or hangs. Offsets are those of `ControlFileData` in PostgreSQL's
/// pg_control.h for 64-bit little-endian machines; the checksum proves that they fit.
public final class ControlFile {
    private static final int ATTEMPTS = 5;
    private static final long BETWEEN_ATTEMPTS_NANOS = 2_000_000;
    private static final int FILE_SIZE = 8192;
    private static final ControlFacts.State[] STATES = ControlFacts.State.values();

    private ControlFile() {}

    /// Where the two layouts differ: the checksum moved when 18 inserted the signedness of char.
    private enum Layout {
        V1300(288),
        V1700(288),
        V1800(292);

        private final int checksumAt;

        Layout(int checksumAt) {
            this.checksumAt = checksumAt;
        }
    }

    /// Reads it; a checksum that does not fit is tried again a few times within about 10 ms,
    /// because the server may be writing right now.
    public static ControlRead read(Path dataDirectory) {
        Path file = dataDirectory.resolve("global").resolve("pg_control");
        ControlRead read = readOnce(file);
        for (int i = 1; i < ATTEMPTS && read instanceof ControlRead.Corrupt; i++) {
            LockSupport.parkNanos(BETWEEN_ATTEMPTS_NANOS);
            read = readOnce(file);
        }
        return read;
    }

    private static ControlRead readOnce(Path file) {
        // Not a channel: an interrupt must not make it look corrupt.
        try (InputStream input = Files.newInputStream(file)) {
            ByteBuffer bytes = ByteBuffer.wrap(input.readNBytes(FILE_SIZE));
            return parse(bytes.order(ByteOrder.LITTLE_ENDIAN), file.toString());
        } catch (NoSuchFileException e) {
            return new ControlRead.Corrupt(
                    file + " is missing: restore it, or let this member be cloned again");
        } catch (AccessDeniedException e) {
            return new ControlRead.Corrupt(
                    file
                            + " may not be read by this user: run Toomai as the owner of the data"
                            + " directory, or give it to this user (chown)");
        } catch (IOException e) {
            return new ControlRead.Corrupt(file + " could not be read: " + e.getMessage());
        }
    }

    /// @param name for messages
    static ControlRead parse(ByteBuffer bytes, String name) {
        if (bytes.remaining() < 300) {
            return new ControlRead.Corrupt(
                    name
                            + " is too short ("
                            + bytes.remaining()
                            + " bytes): let this member be"
                            + " cloned again, or restore a backup");
        }
        int version = bytes.getInt(8);
        Layout layout;
        switch (version) {
            case 1300 -> layout = Layout.V1300;
            case 1700 -> layout = Layout.V1700;
            case 1800 -> layout = Layout.V1800;
            default -> {
                return new ControlRead.Corrupt(
                        name
                                + " has version "
                                + version
                                + ", which is not of PostgreSQL 14 to 18"
                                + " on this kind of machine, or it is damaged");
            }
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.duplicate().position(0).limit(layout.checksumAt));
        if ((int) checksum.getValue() != bytes.getInt(layout.checksumAt)) {
            return new ControlRead.Corrupt(
                    name
                            + " is damaged (wrong checksum): let this member be cloned again, or"
                            + " restore a backup");
        }
        try {
            return new ControlRead.Intact(fields(version, bytes));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return new ControlRead.Corrupt(name + " holds impossible values: " + e.getMessage());
        }
    }

    private static ControlData fields(int version, ByteBuffer bytes) {
        ControlFacts facts =
                new ControlFacts(
                        new SystemIdentifier(Long.toUnsignedString(bytes.getLong(0))),
                        STATES[bytes.getInt(16)],
                        new Timeline(bytes.getInt(48)),
                        new Lsn(bytes.getLong(32)),
                        new Lsn(bytes.getLong(136)),
                        new Timeline(bytes.getInt(144)));
        return new ControlData(
                version,
                facts,
                new ControlData.Limits(
                        bytes.getInt(180),
                        bytes.getInt(184),
                        bytes.getInt(188),
                        bytes.getInt(192),
                        bytes.getInt(196)),
                bytes.get(176) != 0 ? ControlData.WalLogHints.ON : ControlData.WalLogHints.OFF,
                bytes.getInt(252),
                bytes.getInt(228));
    }
}

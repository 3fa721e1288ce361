package io.toomai.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Takes a base backup of a running PostgreSQL (15 or later) straight into a directory. Success
/// means: the server has confirmed the whole backup and every file is on disk. Until then
/// `global/pg_control` has another name, so that what a failure leaves behind cannot be started;
/// removing it is the caller's business. The calling thread does all the work; closing the
/// connection from another thread cancels.
public final class BaseBackup {
    private static final int FIRST_MAJOR = 15;
    private static final String MANIFEST = "backup_manifest";
    private static final Pattern TABLESPACE_LINK = Pattern.compile("pg_tblspc/([0-9]{1,10})");
    private static final Pattern OID = Pattern.compile("[0-9]{1,10}");

    private final Channel channel;
    private final BaseBackupOptions options;
    private final Path target;
    private final int directoryMode;
    private final Progress progress;
    private final List<Path> roots = new ArrayList<>();
    private long totalBytes;
    private long files;
    private long bytes;

    private BaseBackup(
            Channel channel,
            BaseBackupOptions options,
            Path target,
            int directoryMode,
            Progress progress) {
        this.channel = channel;
        this.options = options;
        this.target = target;
        this.directoryMode = directoryMode;
        this.progress = progress;
    }

    /// Copies the server behind the connection into the target, which must be empty or absent.
    ///
    /// @throws WireException when there is no complete, durable copy in the target
    public static BaseBackupResult into(
            ReplicationConnection connection,
            BaseBackupOptions options,
            Path target,
            Progress progress) {
        if (connection.serverMajor() < FIRST_MAJOR) {
            throw new WireException(
                    WireException.Code.WIRE_UNSUPPORTED,
                    connection.address()
                            + " runs PostgreSQL "
                            + connection.serverMajor()
                            + "; base backups are taken from "
                            + FIRST_MAJOR
                            + " on");
        }
        int mode = mode(connection.show("data_directory_mode"));
        Path root = target.toAbsolutePath().normalize();
        TargetDirectory.claim(root, mode);
        return connection.exclusively(
                channel -> new BaseBackup(channel, options, root, mode, progress).run());
    }

    private BaseBackupResult run() {
        roots.add(target);
        channel.readTimeout(options.checkpointTimeout());
        channel.query(options.command());
        Row start = channel.result().onlyRow();
        channel.readTimeout(options.stallTimeout());
        List<Row> tablespaces = channel.result().rows();
        totalBytes = sizeOf(tablespaces);
        progress.at(0, totalBytes);
        channel.expect('H', "where the backup's data should begin");
        copy();
        Row end = channel.result().onlyRow();
        // Damage found by checksums, and a promotion of the source, are told only here.
        channel.result();
        channel.ready();
        makeDurable();
        return new BaseBackupResult(
                start.requiredLsn(0),
                start.requiredInt(1),
                end.requiredLsn(0),
                end.requiredInt(1),
                files,
                bytes);
    }

    /// What is being received. Archives follow each other without an end mark: the next one, the
    /// manifest or the end of the copy ends the one before.
    private sealed interface Section {
        record Nothing() implements Section {}

        record Archive(TarReader reader, DirectoryWriter writer) implements Section {}

        record Manifest(DirectoryWriter writer) implements Section {}
    }

    private void copy() {
        Section section = new Section.Nothing();
        try {
            for (byte type = channel.receive(); type != 'c'; type = channel.receive()) {
                if (type != 'd') {
                    throw channel.unexpected(type, "within the backup's data");
                }
                section = take(section, channel.payload());
            }
            finish(section);
            section = new Section.Nothing();
        } finally {
            abandon(section);
        }
    }

    private Section take(Section section, Payload data) {
        byte kind = data.int8();
        return switch (kind) {
            case 'n' -> {
                finish(section);
                yield archive(data.cstring(), data.cstring());
            }
            case 'm' -> {
                finish(section);
                yield manifest();
            }
            case 'd' -> {
                content(section, data);
                yield section;
            }
            case 'p' -> {
                long done = data.int64();
                totalBytes = Math.max(totalBytes, done);
                progress.at(done, totalBytes);
                yield section;
            }
            default ->
                    throw new WireException(
                            WireException.Code.WIRE_PROTOCOL,
                            "unknown kind "
                                    + FrameReader.printable(kind)
                                    + " of backup data; is the server newer than this program?");
        };
    }

    private Section manifest() {
        var writer = new DirectoryWriter(target, BaseBackup::noLinks);
        writer.fileStart(MANIFEST, directoryMode, 0);
        return new Section.Manifest(writer);
    }

    private static void content(Section section, Payload data) {
        switch (section) {
            case Section.Archive(var reader, _) -> reader.accept(data.rest());
            case Section.Manifest(var writer) -> writer.fileContent(data.rest());
            case Section.Nothing() ->
                    throw new WireException(
                            WireException.Code.WIRE_PROTOCOL, "backup data outside of any archive");
        }
    }

    private void finish(Section section) {
        switch (section) {
            case Section.Archive(var reader, var writer) -> {
                reader.finish();
                count(writer);
            }
            case Section.Manifest(var writer) -> {
                writer.fileEnd();
                count(writer);
            }
            case Section.Nothing() -> {}
        }
    }

    private static void abandon(Section section) {
        switch (section) {
            case Section.Archive(_, var writer) -> writer.close();
            case Section.Manifest(var writer) -> writer.close();
            case Section.Nothing() -> {}
        }
    }

    private void count(DirectoryWriter writer) {
        files += writer.files();
        bytes += writer.bytes();
    }

    private Section archive(String name, String tablespacePath) {
        if (tablespacePath.isEmpty()) {
            var writer = new DirectoryWriter(target, this::linkTarget);
            return new Section.Archive(new TarReader(name, writer), writer);
        }
        String oid = name.endsWith(".tar") ? name.substring(0, name.length() - 4) : "";
        if (!OID.matcher(oid).matches()) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL, "unexpected archive '" + name + "'");
        }
        Path place = tablespacePlace(oid, tablespacePath);
        TargetDirectory.claim(place, directoryMode);
        if (!place.startsWith(target)) {
            roots.add(place);
        }
        var writer = new DirectoryWriter(place, BaseBackup::noLinks);
        return new Section.Archive(new TarReader(name, writer), writer);
    }

    /// In-place tablespaces (for tests only) are named relative to the data directory.
    private Path tablespacePlace(String oid, String original) {
        if (original.equals("pg_tblspc/" + oid)) {
            return target.resolve(original);
        }
        Path place = options.tablespaces().locate(oid, Path.of(original)).normalize();
        if (!place.isAbsolute() || place.startsWith(target)) {
            throw new WireException(
                    WireException.Code.WIRE_TARGET,
                    "tablespace "
                            + oid
                            + " ("
                            + original
                            + ") cannot be placed at "
                            + place
                            + ": an absolute path outside of the data directory is needed");
        }
        return place;
    }

    private Path linkTarget(String name, String original) {
        var matcher = TABLESPACE_LINK.matcher(name);
        if (!matcher.matches()) {
            return noLinks(name, original);
        }
        return tablespacePlace(matcher.group(1), original);
    }

    private static Path noLinks(String name, String original) {
        throw new WireException(
                WireException.Code.WIRE_ARCHIVE,
                "the archive holds a link "
                        + name
                        + " to "
                        + original
                        + "; links are taken only for tablespaces in pg_tblspc");
    }

    private static long sizeOf(List<Row> tablespaces) {
        long kilobytes = 0;
        for (Row tablespace : tablespaces) {
            String size = tablespace.text(2).orElse("0");
            try {
                kilobytes += Long.parseLong(size);
            } catch (NumberFormatException e) {
                throw new WireException(
                        WireException.Code.WIRE_PROTOCOL,
                        "the server's size of a tablespace is not a number: " + size,
                        e);
            }
        }
        return kilobytes * 1024;
    }

    /// First everything else is on disk, then the control file gets its name.
    private void makeDurable() {
        roots.forEach(TargetDirectory::sync);
        Path control = target.resolve(DirectoryWriter.CONTROL_FILE);
        Path incomplete = target.resolve(DirectoryWriter.CONTROL_FILE_INCOMPLETE);
        try {
            if (!Files.exists(incomplete)) {
                throw new WireException(
                        WireException.Code.WIRE_ARCHIVE,
                        "the backup holds no " + DirectoryWriter.CONTROL_FILE);
            }
            Files.move(incomplete, control, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileFailure.of(control, e);
        }
        TargetDirectory.force(target.resolve("global"));
    }

    private static int mode(String octal) {
        try {
            return Integer.parseInt(octal, 8);
        } catch (NumberFormatException e) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL, "not a directory mode: " + octal, e);
        }
    }
}

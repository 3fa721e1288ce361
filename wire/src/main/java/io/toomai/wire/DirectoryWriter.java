package io.toomai.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Writes the entries of one archive below one directory and never outside it: absolute names,
/// `..`, and names that lead through a link it made are refused. Never overwrites. Not thread-safe.
final class DirectoryWriter implements TarReader.Entries, AutoCloseable {
    /// The control file gets its name only when the backup has succeeded, so that an incomplete
    /// directory can never be started, whatever stopped us.
    static final String CONTROL_FILE = "global/pg_control";

    static final String CONTROL_FILE_INCOMPLETE = "global/pg_control.incomplete";

    private final Path root;
    private final Links links;
    private final Set<String> madeLinks = new TreeSet<>();
    private Path current;
    private @Nullable FileChannel open;
    private long files;
    private long bytes;

    /// Decides where a symbolic link of the archive shall point, or refuses it.
    interface Links {
        Path targetOf(String name, String linkTarget);
    }

    DirectoryWriter(Path root, Links links) {
        this.root = root;
        this.links = links;
        this.current = root;
    }

    long files() {
        return files;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void directory(String name, int mode) {
        Path path = resolve(name);
        try {
            if (!Files.isDirectory(path)) {
                createParents(path);
                Files.createDirectory(
                        path,
                        PosixFilePermissions.asFileAttribute(TargetDirectory.OWNER_DIRECTORY));
            }
            if (TargetDirectory.groupReads(mode)) {
                Files.setPosixFilePermissions(path, TargetDirectory.directoryPermissions(mode));
            }
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    @Override
    public void symlink(String name, String linkTarget) {
        Path path = resolve(name);
        Path target = links.targetOf(name, linkTarget);
        try {
            createParents(path);
            Files.createSymbolicLink(path, target);
            madeLinks.add(normal(name));
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    @Override
    public void fileStart(String name, int mode, long size) {
        boolean control = normal(name).equals(CONTROL_FILE);
        Path path = resolve(control ? CONTROL_FILE_INCOMPLETE : name);
        current = path;
        try {
            createParents(path);
            open =
                    FileChannel.open(
                            path,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(TargetDirectory.OWNER_FILE));
            if (TargetDirectory.groupReads(mode)) {
                Files.setPosixFilePermissions(path, TargetDirectory.filePermissions(mode));
            }
        } catch (IOException e) {
            throw failure(path, e);
        }
        files++;
    }

    @Override
    public void fileContent(ByteBuffer content) {
        if (open == null) {
            throw new IllegalStateException("content without a file");
        }
        bytes += content.remaining();
        try {
            while (content.hasRemaining()) {
                open.write(content);
            }
        } catch (IOException e) {
            throw failure(current, e);
        }
    }

    @Override
    public void fileEnd() {
        close();
    }

    /// Closes the file that is being written, if any.
    @Override
    public void close() {
        FileChannel channel = open;
        open = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw failure(current, e);
            }
        }
    }

    private Path resolve(String name) {
        String normal = normal(name);
        for (String part : normal.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw refused(name, "it is absolute or leaves its directory");
            }
        }
        for (String link : madeLinks) {
            if (normal.equals(link) || normal.startsWith(link + "/")) {
                throw refused(name, "it leads through the link " + link);
            }
        }
        try {
            return root.resolve(normal);
        } catch (InvalidPathException e) {
            throw new WireException(
                    WireException.Code.WIRE_ARCHIVE,
                    "file name '"
                            + name
                            + "' cannot be written here; start Toomai with a UTF-8 locale",
                    e);
        }
    }

    private static String normal(String name) {
        return name.startsWith("./") ? name.substring(2) : name;
    }

    private static void createParents(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            Files.createDirectories(
                    parent, PosixFilePermissions.asFileAttribute(TargetDirectory.OWNER_DIRECTORY));
        }
    }

    private static WireException failure(Path path, IOException cause) {
        return cause instanceof FileAlreadyExistsException
                ? new WireException(
                        WireException.Code.WIRE_ARCHIVE,
                        "the archive holds " + path + " twice, or something else wrote it",
                        cause)
                : FileFailure.of(path, cause);
    }

    private static WireException refused(String name, String why) {
        return new WireException(
                WireException.Code.WIRE_ARCHIVE,
                "the archive's entry '" + name + "' is refused: " + why);
    }
}

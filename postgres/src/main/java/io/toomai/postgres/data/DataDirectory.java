package io.toomai.postgres.data;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.StartsAs;
import io.toomai.core.model.ByteSize;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.os.ProcessTable.WhenUnknown;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The data directory as files: what could be started from it, and making, moving and removing it.
///
/// New contents are built in the sub-directory `toomai.new` under a durable marker file and moved
/// up when complete; the marker goes when the maker says so. A crash at any moment leaves the
/// marker, so half a cluster is never taken for a cluster. This works where the data directory is a
/// mount point, too. Programs of the operator that must see the final path work under a marker
/// beside the directory.
public final class DataDirectory {
    private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(5);
    private static final String BUILDING = "toomai.new";
    private static final Set<PosixFilePermission> TOO_OPEN =
            PosixFilePermissions.fromString("----w-rwx");

    private final Path path;
    private final int major;

    /// @param major of the programs that shall run it
    public DataDirectory(Path path, int major) {
        this.path = path.toAbsolutePath().normalize();
        this.major = major;
    }

    /// What is being made.
    public enum Making {
        BOOTSTRAP,
        CLONE,
        /// pg_rewind at work: once it has begun to write, only a clone helps after a crash.
        REWIND;

        private String marker() {
            return "toomai." + name().toLowerCase(Locale.ROOT);
        }
    }

    public Path path() {
        return path;
    }

    /// What the directory is while no postmaster runs: one of `NoDataDirectory`,
    /// `UnfinishedBootstrap`, `UnfinishedClone`, `Unusable`, `Stopped`.
    public LocalPostgres inspect() {
        try {
            return inspectReadable();
        } catch (AccessDeniedException e) {
            return new LocalPostgres.Unusable(
                    "data directory "
                            + path
                            + " may not be read by this user; run Toomai as the user that owns it,"
                            + " or give it to this user (chown -R)");
        } catch (NotDirectoryException e) {
            return new LocalPostgres.Unusable(
                    path + " is not a directory; remove it or set postgresql.data_dir");
        } catch (IOException e) {
            return new LocalPostgres.Unusable(
                    "data directory " + path + " could not be read: " + e);
        }
    }

    private LocalPostgres inspectReadable() throws IOException {
        if (hasMarker(Making.BOOTSTRAP)) {
            return new LocalPostgres.UnfinishedBootstrap();
        }
        if (hasMarker(Making.CLONE) || hasMarker(Making.REWIND)) {
            return new LocalPostgres.UnfinishedClone();
        }
        boolean empty;
        try (var entries = Files.newDirectoryStream(path)) {
            empty = true;
            for (Path entry : entries) {
                // A fresh file system on a mount point is empty as well.
                empty &= entry.getFileName().toString().equals("lost+found");
            }
        } catch (NoSuchFileException e) {
            return new LocalPostgres.NoDataDirectory();
        }
        if (empty) {
            return new LocalPostgres.NoDataDirectory();
        }
        Optional<String> trouble = trouble();
        if (trouble.isPresent()) {
            return new LocalPostgres.Unusable(trouble.get());
        }
        return switch (ControlFile.read(path)) {
            case ControlRead.Intact(var data) ->
                    new LocalPostgres.Stopped(data.facts(), startsAs());
            case ControlRead.Corrupt(var why) -> new LocalPostgres.Unusable(why);
        };
    }

    private Optional<String> trouble() throws IOException {
        Path versionFile = path.resolve("PG_VERSION");
        String version;
        try {
            version = Files.readString(versionFile).strip();
        } catch (NoSuchFileException e) {
            return Optional.of(
                    "data directory "
                            + path
                            + " is not empty but holds no PostgreSQL cluster (no PG_VERSION);"
                            + " empty it or set postgresql.data_dir");
        }
        if (!version.equals(Integer.toString(major))) {
            return Optional.of(
                    "data directory "
                            + path
                            + " was made by PostgreSQL "
                            + version
                            + ", the programs are PostgreSQL "
                            + major
                            + "; set postgresql.bin_dir or run pg_upgrade");
        }
        Set<PosixFilePermission> open = Files.getPosixFilePermissions(path);
        open.retainAll(TOO_OPEN);
        if (!open.isEmpty()) {
            return Optional.of(
                    "data directory "
                            + path
                            + " is open to other users and PostgreSQL refuses such a one;"
                            + " chmod it to 0700 or 0750");
        }
        return Optional.empty();
    }

    /// What a start would make of it.
    public StartsAs startsAs() {
        return Files.exists(path.resolve("standby.signal"))
                        || Files.exists(path.resolve("recovery.signal"))
                ? StartsAs.STANDBY
                : StartsAs.PRIMARY;
    }

    public ControlRead control() {
        return ControlFile.read(path);
    }

    /// The highest timeline of which a history file is in `pg_wal`; 1 when there is none.
    public int newestHistory() {
        int newest = 1;
        try (var files = Files.newDirectoryStream(path.resolve("pg_wal"), "????????.history")) {
            for (Path file : files) {
                String digits = file.getFileName().toString().substring(0, 8);
                newest = Math.max(newest, Integer.parseUnsignedInt(digits, 16));
            }
        } catch (IOException e) {
            throw DurableFiles.failure("could not be listed", path.resolve("pg_wal"), e);
        } catch (NumberFormatException e) {
            // Not a history file of PostgreSQL's; an unknown timeline is never current.
            return newest;
        }
        return newest;
    }

    private boolean hasMarker(Making making) {
        return Files.exists(path.resolve(making.marker())) || Files.exists(beside(making));
    }

    private Path beside(Making making) {
        return path.resolveSibling(path.getFileName() + "." + making.marker());
    }

    /// Sets the marker and returns the directory (not existing yet) to build in. Leftovers of an
    /// earlier attempt are removed.
    ///
    /// @throws IllegalStateException when the directory holds anything else
    public Path beginMaking(Making making) {
        LeftoverPrograms.end(path, LEFTOVER_PATIENCE);
        create();
        LocalPostgres now = inspect();
        switch (now) {
            case LocalPostgres.NoDataDirectory _ -> {}
            case LocalPostgres.UnfinishedBootstrap _, LocalPostgres.UnfinishedClone _ -> delete();
            case LocalPostgres.Unusable _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Standby _,
                    LocalPostgres.Primary _,
                    LocalPostgres.Unresponsive _ ->
                    throw new IllegalStateException(path + " is not empty: " + now);
        }
        create();
        DurableFiles.write(path.resolve(making.marker()), "unfinished\n");
        return path.resolve(BUILDING);
    }

    /// Sets the marker beside the directory, for programs of the operator that want the directory
    /// itself.
    public void beginMakingInPlace(Making making) {
        LeftoverPrograms.end(path, LEFTOVER_PATIENCE);
        DurableFiles.write(beside(making), "unfinished\n");
        if (!Files.exists(path)) {
            create();
        }
    }

    /// What a program of the operator runs with while it fills the directory: one that outlives its
    /// agent is ended before anything else is made here.
    public Map<String, String> marks() {
        return LeftoverPrograms.marks(path);
    }

    /// Removes what the copy of a running server may have brought along of that server.
    public void forgetServer() {
        DurableFiles.delete(path.resolve("postmaster.pid"));
    }

    /// Moves what was built up into the directory; the marker stays.
    public void moveBuiltIntoPlace() {
        Path built = path.resolve(BUILDING);
        for (Path child : Tree.children(built)) {
            DurableFiles.rename(child, path.resolve(child.getFileName()));
        }
        Tree.delete(built);
    }

    /// What was made is complete: from now on it is a cluster.
    public void finishMaking(Making making) {
        DurableFiles.syncDirectory(path);
        DurableFiles.delete(path.resolve(making.marker()));
        DurableFiles.delete(beside(making));
    }

    private void create() {
        try {
            if (!Files.isDirectory(path)) {
                Files.createDirectories(path);
                DurableFiles.takeOwnerOfDirectory(path);
            }
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw DurableFiles.failure("could not be created", path, e);
        }
    }

    /// Renames the directory to `<dir>.<suffix>` or the first free `<dir>.<suffix>-N`, and removes
    /// the oldest ones so that at most `kept` with that suffix remain. WAL and tablespaces behind
    /// links stay where they are and are named in the result.
    public MovedAside moveAside(String suffix, int kept) {
        List<Path> linked = linkedDirectories();
        List<Path> earlier = asides(suffix);
        int next = earlier.isEmpty() ? 1 : number(earlier.getLast(), suffix) + 1;
        Path target = path.resolveSibling(path.getFileName() + "." + suffix + "-" + next);
        LeftoverPrograms.end(path, LEFTOVER_PATIENCE);
        DurableFiles.rename(path, target);
        for (Making making : Making.values()) {
            DurableFiles.delete(beside(making));
        }
        for (Path old : earlier.subList(0, Math.max(0, earlier.size() - Math.max(0, kept - 1)))) {
            Tree.delete(old);
        }
        return new MovedAside(target, linked);
    }

    /// Where the old contents are.
    ///
    /// @param linked directories of WAL and tablespaces that the moved directory still points to; a
    ///   new cluster must not use them while it is kept
    public record MovedAside(Path directory, List<Path> linked) {
        public MovedAside {
            linked = List.copyOf(linked);
        }
    }

    /// What `moveAside` has kept, the oldest first.
    public List<Path> asides(String suffix) {
        Path parent = parent();
        return Tree.children(parent).stream()
                .filter(child -> number(child, suffix) > 0)
                .sorted(java.util.Comparator.comparingInt(child -> number(child, suffix)))
                .toList();
    }

    private int number(Path aside, String suffix) {
        String prefix = path.getFileName() + "." + suffix + "-";
        String name = aside.getFileName().toString();
        if (!name.startsWith(prefix) || !name.substring(prefix.length()).matches("[0-9]{1,6}")) {
            return 0;
        }
        return Integer.parseInt(name.substring(prefix.length()));
    }

    /// Removes the contents, also WAL and tablespaces behind links, and the markers last. The
    /// directory itself stays (it may be a mount point).
    public void delete() {
        LeftoverPrograms.end(path, LEFTOVER_PATIENCE);
        if (Files.exists(path.resolve("postmaster.pid")) && isLocked()) {
            throw new IllegalStateException(path + " is in use by a postmaster");
        }
        for (Path root : List.of(path, path.resolve(BUILDING))) {
            if (Files.isDirectory(root)) {
                linkedDirectories(root).forEach(this::emptyLinked);
            }
        }
        for (Path child : Tree.children(path)) {
            if (!child.getFileName().toString().startsWith("toomai.")) {
                Tree.delete(child);
            }
        }
        Tree.empty(path);
        for (Making making : Making.values()) {
            DurableFiles.delete(beside(making));
        }
    }

    /// A tablespace's location may hold clusters of other major versions, too.
    private void emptyLinked(Path directory) {
        for (Path child : Tree.children(directory)) {
            String name = child.getFileName().toString();
            if (!name.startsWith("PG_") || name.startsWith("PG_" + major + "_")) {
                Tree.delete(child);
            }
        }
    }

    /// Directories of WAL and tablespaces outside of the data directory.
    public List<Path> linkedDirectories() {
        return linkedDirectories(path);
    }

    private static List<Path> linkedDirectories(Path root) {
        return Tree.linked(root);
    }

    private boolean isLocked() {
        return DurableFiles.read(path.resolve("postmaster.pid"))
                .flatMap(text -> text.lines().findFirst())
                .filter(line -> line.strip().matches("[0-9]{1,9}"))
                .flatMap(line -> ProcessTable.find(Long.parseLong(line.strip())))
                .filter(ProcessTable.Entry::isAlive)
                .filter(entry -> ProcessTable.worksIn(entry.pid(), path, WhenUnknown.YES))
                .isPresent();
    }

    /// Space that this user may still use on the file system of the directory.
    public ByteSize freeSpace() {
        Path existing = path;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            return new ByteSize(Files.getFileStore(existing).getUsableSpace());
        } catch (IOException e) {
            throw DurableFiles.failure("could not be asked for its free space", existing, e);
        }
    }

    private Path parent() {
        Path parent = path.getParent();
        if (parent == null) {
            throw new PostgresException(Code.FILE, path + " cannot be a data directory");
        }
        return parent;
    }
}

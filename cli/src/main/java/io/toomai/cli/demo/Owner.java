package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Who runs the agents: this user, or for root the one that the launcher changes to, because
/// PostgreSQL refuses to run as root.
final class Owner {
    private final Optional<UserPrincipal> other;

    private Owner(Optional<UserPrincipal> other) {
        this.other = other;
    }

    static Owner of(Map<String, String> environment) {
        if (!System.getProperty("user.name", "").equals("root")) {
            return new Owner(Optional.empty());
        }
        return new Owner(
                Stream.of(environment.getOrDefault("TOOMAI_USER", ""), "postgres", "toomai")
                        .filter(name -> !name.isEmpty())
                        .flatMap(name -> find(name).stream())
                        .findFirst()
                        .or(Owner::create));
    }

    /// As the launcher would, only earlier: the folders must belong to that user.
    private static Optional<UserPrincipal> create() {
        Shell.run(
                20,
                List.of(
                        "useradd",
                        "--system",
                        "--user-group",
                        "--create-home",
                        "--home-dir",
                        "/var/lib/toomai",
                        "--shell",
                        "/usr/sbin/nologin",
                        "toomai"));
        Optional<UserPrincipal> made = find("toomai");
        if (made.isEmpty()) {
            throw new DemoException(
                    Code.NO_FOLDER,
                    "PostgreSQL does not run as root and there is no user postgres; create one"
                            + " (useradd --system postgres) or start the demo as another user");
        }
        return made;
    }

    private static Optional<UserPrincipal> find(String name) {
        try {
            UserPrincipalLookupService users =
                    Path.of("/").getFileSystem().getUserPrincipalLookupService();
            return Optional.of(users.lookupPrincipalByName(name));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Whether the agents run as another user than this process.
    boolean isOther() {
        return other.isPresent();
    }

    Optional<String> name() {
        return other.map(UserPrincipal::getName);
    }

    /// Makes a folder that only the agents' user may enter.
    void folder(Path path) throws IOException {
        Files.createDirectories(path);
        own(path, "rwx------");
    }

    /// Writes a file that only the agents' user may read.
    void file(Path path, String text) throws IOException {
        Files.deleteIfExists(path);
        Files.createFile(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(path, text);
        own(path, "rw-------");
    }

    private void own(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        if (other.isPresent()) {
            PosixFileAttributeView view =
                    Files.getFileAttributeView(path, PosixFileAttributeView.class);
            view.setOwner(other.get());
        }
    }
}

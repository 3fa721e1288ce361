package io.toomai.wire;

/// Is told how far a base backup has come: about once a second, on the copying thread. The total is
/// the server's estimate before WAL, and is raised when it turns out too low. An exception thrown
/// here ends the backup.
@FunctionalInterface
public interface Progress {
    void at(long doneBytes, long totalBytes);

    static Progress ignored() {
        return (_, _) -> {};
    }
}

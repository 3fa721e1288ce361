package io.toomai.wire;

import java.nio.file.Path;

/// Says where a tablespace of the source shall lie here. The answer must be absolute, and absent or
/// empty; it must not lie in the data directory.
@FunctionalInterface
public interface TablespaceMapping {
    Path locate(String oid, Path original);

    /// The same paths as on the source: right on another machine, refused as non-empty on the same.
    static TablespaceMapping unchanged() {
        return (_, original) -> original;
    }
}

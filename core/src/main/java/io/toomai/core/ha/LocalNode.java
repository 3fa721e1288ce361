package io.toomai.core.ha;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;

/// What this node is by its own configuration file.
public record LocalNode(MemberName name, Tags tags, Bootstrap bootstrap, RewindTool rewindTool) {
    /// Whether the file has a `bootstrap` section: only such a node may make a new cluster.
    public enum Bootstrap {
        CONFIGURED,
        NOT_CONFIGURED
    }

    /// Whether `pg_rewind` is installed.
    public enum RewindTool {
        INSTALLED,
        MISSING
    }
}

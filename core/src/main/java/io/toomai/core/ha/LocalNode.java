package io.toomai.core.ha;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;

/// What this node is by its own configuration file and machine.
public record LocalNode(
        MemberName name,
        Tags tags,
        Bootstrap bootstrap,
        RewindTool rewindTool,
        Watchdog watchdog,
        Restore restore) {

    /// A node whose watchdog hinders nothing, without backups.
    public LocalNode(MemberName name, Tags tags, Bootstrap bootstrap, RewindTool rewindTool) {
        this(name, tags, bootstrap, rewindTool, Watchdog.FINE, Restore.IMPOSSIBLE);
    }

    public LocalNode with(Tags current) {
        return new LocalNode(name, current, bootstrap, rewindTool, watchdog, restore);
    }

    public LocalNode with(Watchdog seen) {
        return new LocalNode(name, tags, bootstrap, rewindTool, seen, restore);
    }

    public LocalNode with(Restore configured) {
        return new LocalNode(name, tags, bootstrap, rewindTool, watchdog, configured);
    }

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

    /// Whether the watchdog lets this node lead.
    public enum Watchdog {
        FINE,
        REQUIRED_AND_UNUSABLE
    }

    /// Whether one of the operator's methods makes a replica without any running server
    /// (`no_leader`).
    public enum Restore {
        POSSIBLE,
        IMPOSSIBLE
    }

    /// Whether this node may lead, as far as its own file and device say.
    public PeerStatus.Eligibility eligibility() {
        return tags.nofailover() || watchdog == Watchdog.REQUIRED_AND_UNUSABLE
                ? PeerStatus.Eligibility.NOFAILOVER
                : PeerStatus.Eligibility.ELIGIBLE;
    }
}

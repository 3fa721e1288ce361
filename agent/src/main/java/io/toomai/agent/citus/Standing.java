package io.toomai.agent.citus;

/// Whether this node leads its group as primary, so that it may speak and write for it.
enum Standing {
    LEADS,
    FOLLOWS
}

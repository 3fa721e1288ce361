package io.toomai.agent.hooks;

import io.toomai.core.cluster.MemberRole;

/// One callback that is due.
///
/// @param role what this node is from then on; after a stop, what it was
record Callback(CallbackAction action, MemberRole role) {}

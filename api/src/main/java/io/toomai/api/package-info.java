/// What a node tells and does for callers of its REST API: the port to the agent, documents,
/// checks.
@NullMarked
package io.toomai.api;

import org.jspecify.annotations.NullMarked;

/// Failsafe mode: what this node promises others, whom it asks itself, and what outlives a restart.
@NullMarked
package io.toomai.agent.failsafe;

import org.jspecify.annotations.NullMarked;

/// Tests of the agent's lease.
@NullMarked
package io.toomai.agent.lease;

import org.jspecify.annotations.NullMarked;

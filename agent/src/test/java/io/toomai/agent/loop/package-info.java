/// Tests of the agent's loop.
@NullMarked
package io.toomai.agent.loop;

import org.jspecify.annotations.NullMarked;

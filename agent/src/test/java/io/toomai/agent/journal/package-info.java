/// Tests of the agent's journal.
@NullMarked
package io.toomai.agent.journal;

import org.jspecify.annotations.NullMarked;

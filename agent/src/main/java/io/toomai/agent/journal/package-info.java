/// What was decided and why: one line per cycle, and whole views to replay.
@NullMarked
package io.toomai.agent.journal;

import org.jspecify.annotations.NullMarked;

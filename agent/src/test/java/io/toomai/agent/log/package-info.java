/// Tests of how the log looks.
@NullMarked
package io.toomai.agent.log;

import org.jspecify.annotations.NullMarked;

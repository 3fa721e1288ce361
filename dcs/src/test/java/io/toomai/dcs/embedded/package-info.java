/// Tests of the voter in the agent's process.
@NullMarked
package io.toomai.dcs.embedded;

import org.jspecify.annotations.NullMarked;

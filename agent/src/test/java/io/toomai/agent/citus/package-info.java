/// Tests of what the groups of a Citus cluster tell each other.
@NullMarked
package io.toomai.agent.citus;

import org.jspecify.annotations.NullMarked;

/// Tests of failsafe mode on one node.
@NullMarked
package io.toomai.agent.failsafe;

import org.jspecify.annotations.NullMarked;

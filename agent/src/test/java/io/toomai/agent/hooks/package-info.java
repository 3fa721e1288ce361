/// Tests of callbacks and hooks.
@NullMarked
package io.toomai.agent.hooks;

import org.jspecify.annotations.NullMarked;

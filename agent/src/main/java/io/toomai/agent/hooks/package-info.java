/// The operator's own commands: callbacks after a change, and hooks before a promotion or a stop.
@NullMarked
package io.toomai.agent.hooks;

import org.jspecify.annotations.NullMarked;

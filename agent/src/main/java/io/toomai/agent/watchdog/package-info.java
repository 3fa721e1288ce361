/// The hardware watchdog: the device, and the one thread that owns it.
@NullMarked
package io.toomai.agent.watchdog;

import org.jspecify.annotations.NullMarked;

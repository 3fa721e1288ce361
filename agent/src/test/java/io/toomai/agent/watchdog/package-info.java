/// Tests of the watchdog with a twin in memory, with real files and with a device made by FUSE.
@NullMarked
package io.toomai.agent.watchdog;

import org.jspecify.annotations.NullMarked;

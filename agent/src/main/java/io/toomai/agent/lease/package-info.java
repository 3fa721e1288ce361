/// The lease guard: the one thread that may never wait for anything but its deadline.
@NullMarked
package io.toomai.agent.lease;

import org.jspecify.annotations.NullMarked;

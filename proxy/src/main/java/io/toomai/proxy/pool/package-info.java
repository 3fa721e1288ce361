/// Which server connection a client gets, and when: limits, queues, lifetimes. Pure: no clock,
/// thread or socket.
@NullMarked
package io.toomai.proxy.pool;

import org.jspecify.annotations.NullMarked;

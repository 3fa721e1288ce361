/// What goes through a session after its login: bytes of a client to a server and back, and the few
/// messages that must be understood on the way. No channel, clock or thread: buffers in, buffers
/// out.
@NullMarked
package io.toomai.proxy.relay;

import org.jspecify.annotations.NullMarked;

/// The proxy's connections: listeners, event loops, logins, and the relay between a client and the
/// server that it has at the moment.
@NullMarked
package io.toomai.proxy.net;

import org.jspecify.annotations.NullMarked;

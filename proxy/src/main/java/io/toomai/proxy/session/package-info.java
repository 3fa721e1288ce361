/// What a client has set on its session, and what is set on a server's: how one server after the
/// other is made to look like the client's own. Pure: no channel, clock or thread.
@NullMarked
package io.toomai.proxy.session;

import org.jspecify.annotations.NullMarked;

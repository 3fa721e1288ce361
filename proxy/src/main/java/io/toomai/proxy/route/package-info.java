/// Which server a new connection goes to, and which connections may stay: rules over pictures of
/// the cluster. Pure.
@NullMarked
package io.toomai.proxy.route;

import org.jspecify.annotations.NullMarked;

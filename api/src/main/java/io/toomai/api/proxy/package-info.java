/// Proxies that take what they know of the cluster from a member: who they are, and what they are
/// told.
@NullMarked
package io.toomai.api.proxy;

import org.jspecify.annotations.NullMarked;

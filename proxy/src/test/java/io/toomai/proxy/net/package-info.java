/// The proxy between real clients and real servers.
@NullMarked
package io.toomai.proxy.net;

import org.jspecify.annotations.NullMarked;

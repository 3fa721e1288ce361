/// TLS on both sides of the proxy: from the words of a file to what makes a connection secret, and
/// what a session proves.
@NullMarked
package io.toomai.proxy.tls;

import org.jspecify.annotations.NullMarked;

/// From a client's first byte to its first query: what it asks for, who it is, and what it is told.
/// Pure: bytes in, bytes out.
@NullMarked
package io.toomai.proxy.login;

import org.jspecify.annotations.NullMarked;

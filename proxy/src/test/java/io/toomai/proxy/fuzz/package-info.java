/// Bytes that nobody honest would send.
@NullMarked
package io.toomai.proxy.fuzz;

import org.jspecify.annotations.NullMarked;

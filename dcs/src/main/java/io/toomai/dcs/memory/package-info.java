/// A consensus store inside one process: the working twin of the real ones, for tests of everything
/// that stands on the port.
@NullMarked
package io.toomai.dcs.memory;

import org.jspecify.annotations.NullMarked;

/// The consensus store: one port, and adapters that never know each other.
@NullMarked
package io.toomai.dcs;

import org.jspecify.annotations.NullMarked;

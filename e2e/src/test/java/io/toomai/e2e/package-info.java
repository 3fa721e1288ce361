/// Whole clusters of real agents and real PostgreSQL on loopback.
@NullMarked
package io.toomai.e2e;

import org.jspecify.annotations.NullMarked;

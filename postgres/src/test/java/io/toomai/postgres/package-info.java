/// The test rig: real PostgreSQL installations, and stories played on them.
@NullMarked
package io.toomai.postgres;

import org.jspecify.annotations.NullMarked;

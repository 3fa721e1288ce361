/// The data directory while nobody runs it: pg_control, markers, moving aside.
@NullMarked
package io.toomai.postgres.data;

import org.jspecify.annotations.NullMarked;

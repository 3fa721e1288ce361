/// What the local PostgreSQL is right now, as one value.
@NullMarked
package io.toomai.postgres.observe;

import org.jspecify.annotations.NullMarked;

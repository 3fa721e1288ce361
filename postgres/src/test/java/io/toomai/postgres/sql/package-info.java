/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.sql;

import org.jspecify.annotations.NullMarked;

/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.data;

import org.jspecify.annotations.NullMarked;

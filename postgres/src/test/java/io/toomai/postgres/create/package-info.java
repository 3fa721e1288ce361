/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.create;

import org.jspecify.annotations.NullMarked;

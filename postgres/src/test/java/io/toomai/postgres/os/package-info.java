/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.os;

import org.jspecify.annotations.NullMarked;

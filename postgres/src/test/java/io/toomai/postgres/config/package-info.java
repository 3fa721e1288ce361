/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.config;

import org.jspecify.annotations.NullMarked;

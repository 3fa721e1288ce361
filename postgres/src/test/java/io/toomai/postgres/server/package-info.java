/// Tests of the package of the same name.
@NullMarked
package io.toomai.postgres.server;

import org.jspecify.annotations.NullMarked;

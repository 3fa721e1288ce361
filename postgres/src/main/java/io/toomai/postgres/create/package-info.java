/// Making data directories: initdb, clone, rewind.
@NullMarked
package io.toomai.postgres.create;

import org.jspecify.annotations.NullMarked;

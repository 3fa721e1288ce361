/// Tests of the in-memory store.
@NullMarked
package io.toomai.dcs.memory;

import org.jspecify.annotations.NullMarked;

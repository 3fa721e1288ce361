/// The contract kit that every adapter of the store passes.
@NullMarked
package io.toomai.dcs;

import org.jspecify.annotations.NullMarked;

/// Tests of what a coordinator writes down.
@NullMarked
package io.toomai.core.citus;

import org.jspecify.annotations.NullMarked;

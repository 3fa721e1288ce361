/// What a Citus coordinator writes down about where the nodes of the groups are. Pure.
@NullMarked
package io.toomai.core.citus;

import org.jspecify.annotations.NullMarked;

/// The daemon of one node: wiring, start and end.
@NullMarked
package io.toomai.agent;

import org.jspecify.annotations.NullMarked;

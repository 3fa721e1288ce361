/// Tests of the daemon's parts with working in-memory twins.
@NullMarked
package io.toomai.agent;

import org.jspecify.annotations.NullMarked;

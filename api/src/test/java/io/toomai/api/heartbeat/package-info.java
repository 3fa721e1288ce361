/// Tests of heartbeats as text and as a source.
@NullMarked
package io.toomai.api.heartbeat;

import org.jspecify.annotations.NullMarked;

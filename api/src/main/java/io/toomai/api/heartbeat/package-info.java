/// What members tell each other all the time: its line of JSON, and where streams take it from.
@NullMarked
package io.toomai.api.heartbeat;

import org.jspecify.annotations.NullMarked;

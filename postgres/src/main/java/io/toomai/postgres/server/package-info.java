/// The running postmaster: starting, finding again, stopping, promoting.
@NullMarked
package io.toomai.postgres.server;

import org.jspecify.annotations.NullMarked;

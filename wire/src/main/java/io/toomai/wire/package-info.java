/// PostgreSQL's protocol v3: framing, authentication, replication commands and the base backup.
@NullMarked
package io.toomai.wire;

import org.jspecify.annotations.NullMarked;

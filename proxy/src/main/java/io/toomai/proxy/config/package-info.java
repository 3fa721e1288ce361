/// What a pooler is told: `pgbouncer.ini` with its user list, and the same settings as values.
@NullMarked
package io.toomai.proxy.config;

import org.jspecify.annotations.NullMarked;

/// Prometheus metrics with the names of PgBouncer's exporter. Pure.
@NullMarked
package io.toomai.proxy.metrics;

import org.jspecify.annotations.NullMarked;

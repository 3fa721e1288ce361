/// The proxy that runs beside a node's PostgreSQL, and what it is told of the cluster.
@NullMarked
package io.toomai.agent.proxy;

import org.jspecify.annotations.NullMarked;

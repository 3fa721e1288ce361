/// The store in Consul, in Patroni's layout: keys of its KV store, locked by sessions.
@NullMarked
package io.toomai.dcs.consul;

import org.jspecify.annotations.NullMarked;

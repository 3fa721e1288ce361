/// The Consul adapter against real servers.
@NullMarked
package io.toomai.dcs.consul;

import org.jspecify.annotations.NullMarked;

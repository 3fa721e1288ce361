/// The etcd adapter against real servers.
@NullMarked
package io.toomai.dcs.etcd;

import org.jspecify.annotations.NullMarked;

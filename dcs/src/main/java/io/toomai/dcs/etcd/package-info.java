/// The store in etcd 3, in Patroni's layout, through the JSON gateway that every etcd serves.
@NullMarked
package io.toomai.dcs.etcd;

import org.jspecify.annotations.NullMarked;

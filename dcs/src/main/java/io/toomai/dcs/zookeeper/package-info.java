/// The store in ZooKeeper, in Patroni's layout: the embedded one and any other, by the same code.
@NullMarked
package io.toomai.dcs.zookeeper;

import org.jspecify.annotations.NullMarked;

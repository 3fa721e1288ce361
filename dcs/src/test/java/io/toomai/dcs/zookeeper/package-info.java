/// Tests of the ZooKeeper adapter.
@NullMarked
package io.toomai.dcs.zookeeper;

import org.jspecify.annotations.NullMarked;

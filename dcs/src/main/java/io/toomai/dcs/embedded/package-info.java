/// Apache ZooKeeper's own server inside this process: the consensus store that needs no second
/// cluster (design.md §7).
@NullMarked
package io.toomai.dcs.embedded;

import org.jspecify.annotations.NullMarked;

/// What the consensus store says about the cluster: one type per document of the contract (§1).
@NullMarked
package io.toomai.core.cluster;

import org.jspecify.annotations.NullMarked;

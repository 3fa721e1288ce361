/// The store in the objects of a Kubernetes namespace, in Patroni's layout.
@NullMarked
package io.toomai.dcs.kubernetes;

import org.jspecify.annotations.NullMarked;

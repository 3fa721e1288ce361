/// The Kubernetes adapter against fabric8's mock API server; no real Kubernetes was asked.
@NullMarked
package io.toomai.dcs.kubernetes;

import org.jspecify.annotations.NullMarked;

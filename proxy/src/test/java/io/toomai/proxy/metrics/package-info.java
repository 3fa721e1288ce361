/// What the page of metrics says.
@NullMarked
package io.toomai.proxy.metrics;

import org.jspecify.annotations.NullMarked;

/// Tests of routing.
@NullMarked
package io.toomai.proxy.route;

import org.jspecify.annotations.NullMarked;

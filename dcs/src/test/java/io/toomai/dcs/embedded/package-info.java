/// Tests on real embedded stores.
@NullMarked
package io.toomai.dcs.embedded;

import org.jspecify.annotations.NullMarked;

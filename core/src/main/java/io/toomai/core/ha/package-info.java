/// The HA loop as pure functions: view in, decision out.
@NullMarked
package io.toomai.core.ha;

import org.jspecify.annotations.NullMarked;

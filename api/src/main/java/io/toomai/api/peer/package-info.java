/// Asking other members for their status, with deadlines.
@NullMarked
package io.toomai.api.peer;

import org.jspecify.annotations.NullMarked;

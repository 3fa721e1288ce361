/// Which standbys must confirm a commit, and in which order that may change.
@NullMarked
package io.toomai.core.sync;

import org.jspecify.annotations.NullMarked;

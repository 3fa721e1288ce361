/// Opening the consensus store that the settings name.
@NullMarked
package io.toomai.agent.store;

import org.jspecify.annotations.NullMarked;

/// Tests of opening the store.
@NullMarked
package io.toomai.agent.store;

import org.jspecify.annotations.NullMarked;

/// Tests of what a node's proxy is told.
@NullMarked
package io.toomai.agent.proxy;

import org.jspecify.annotations.NullMarked;

/// Tests of the agent's server.
@NullMarked
package io.toomai.agent.server;

import org.jspecify.annotations.NullMarked;

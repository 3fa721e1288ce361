/// The local PostgreSQL as commands use it.
@NullMarked
package io.toomai.agent.server;

import org.jspecify.annotations.NullMarked;

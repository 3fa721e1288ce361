/// The agent as the REST API sees it.
@NullMarked
package io.toomai.agent.rest;

import org.jspecify.annotations.NullMarked;

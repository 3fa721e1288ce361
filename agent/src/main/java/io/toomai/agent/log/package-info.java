/// What the `log` section asks for, made of Logback's parts.
@NullMarked
package io.toomai.agent.log;

import org.jspecify.annotations.NullMarked;

/// The one executable: agent, demo and every operator command.
@NullMarked
package io.toomai.cli;

import org.jspecify.annotations.NullMarked;

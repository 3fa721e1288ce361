/// The commands, one class each; they ask, print and call members by REST.
@NullMarked
package io.toomai.cli.command;

import org.jspecify.annotations.NullMarked;

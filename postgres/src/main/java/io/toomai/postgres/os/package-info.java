/// The operating system's part: signals, exits, the process table, child programs, durable files.
@NullMarked
package io.toomai.postgres.os;

import org.jspecify.annotations.NullMarked;

/// The admin console as PgBouncer has it: its language, its tables, who may do what. Pure: no
/// socket, clock or thread; what it shows and orders is behind [Overview] and [Orders].
@NullMarked
package io.toomai.proxy.console;

import org.jspecify.annotations.NullMarked;

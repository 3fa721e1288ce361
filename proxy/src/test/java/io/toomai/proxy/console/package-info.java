/// The console's language and tables.
@NullMarked
package io.toomai.proxy.console;

import org.jspecify.annotations.NullMarked;

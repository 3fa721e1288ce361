/// `toomai proxy`: the proxy as a program of its own, with PgBouncer's files, options and signals.
@NullMarked
package io.toomai.cli.proxy;

import org.jspecify.annotations.NullMarked;

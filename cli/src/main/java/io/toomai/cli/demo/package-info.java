/// A whole cluster on one machine, to look at and to break.
@NullMarked
package io.toomai.cli.demo;

import org.jspecify.annotations.NullMarked;

/// YAML as the command line reads and writes it.
@NullMarked
package io.toomai.cli.data;

import org.jspecify.annotations.NullMarked;

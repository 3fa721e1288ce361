/// JSON and YAML as the command line reads and writes them: one small value type, no data binding.
@NullMarked
package io.toomai.cli.data;

import org.jspecify.annotations.NullMarked;

/// Which cluster is meant, and how it is spoken with: through its members or through its store.
@NullMarked
package io.toomai.cli.rest;

import org.jspecify.annotations.NullMarked;

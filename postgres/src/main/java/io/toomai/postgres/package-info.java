/// One local PostgreSQL server: how it is found, run, asked and made. Knows how, never whether.
@NullMarked
package io.toomai.postgres;

import org.jspecify.annotations.NullMarked;

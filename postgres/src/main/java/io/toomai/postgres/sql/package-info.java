/// Asking and telling the local server by SQL.
@NullMarked
package io.toomai.postgres.sql;

import org.jspecify.annotations.NullMarked;

/// Every setting once: the catalogue, the file, the dynamic configuration, and what PostgreSQL
/// gets.
@NullMarked
package io.toomai.settings;

import org.jspecify.annotations.NullMarked;

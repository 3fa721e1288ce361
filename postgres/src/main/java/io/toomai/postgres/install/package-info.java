/// Which PostgreSQL programs this host has and how they are started.
@NullMarked
package io.toomai.postgres.install;

import org.jspecify.annotations.NullMarked;

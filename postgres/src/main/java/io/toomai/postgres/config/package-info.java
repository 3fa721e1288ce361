/// The files that PostgreSQL reads: postgresql.conf, pg_hba.conf, signal files, pgpass.
@NullMarked
package io.toomai.postgres.config;

import org.jspecify.annotations.NullMarked;

package io.toomai.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A PostgreSQL 18 with an extension that is called citus and is none: its functions keep
/// `pg_dist_node` and write down in `citus_calls` how they were called. The library that is
/// preloaded is a harmless one. The copy ends with the test run.
final class FakeCitus {
    private static final String LIBRARY = "lib/postgresql/auth_delay.so";

    private static final String CONTROL =
            """
            comment = 'functions of Citus that only take notes'
            default_version = '1.0'
            relocatable = false
            schema = pg_catalog
            """;

    private static final String SCRIPT =
            """
            CREATE SCHEMA citus;
            CREATE TYPE citus.noderole AS ENUM ('primary', 'secondary', 'unavailable');
            ALTER TYPE citus.noderole SET SCHEMA pg_catalog;
            CREATE SEQUENCE citus.node_ids;
            CREATE TABLE citus.calls (id bigserial, call text);
            CREATE TABLE citus.pg_dist_node (
                nodeid int PRIMARY KEY DEFAULT nextval('citus.node_ids'), groupid int, nodename text,
                nodeport int, noderole noderole, UNIQUE (nodename, nodeport));
            ALTER TABLE citus.pg_dist_node SET SCHEMA pg_catalog;
            CREATE TABLE citus.pg_dist_authinfo (nodeid int, rolename name, authinfo text);
            ALTER TABLE citus.pg_dist_authinfo SET SCHEMA pg_catalog;

            CREATE FUNCTION pg_catalog.citus_add_node(
                text, int, int DEFAULT -1, noderole DEFAULT 'primary', name DEFAULT 'default')
            RETURNS int LANGUAGE sql AS $$
                INSERT INTO citus.calls (call)
                VALUES (format('add %s %s group %s', $4, $2, $3));
                INSERT INTO pg_catalog.pg_dist_node (groupid, nodename, nodeport, noderole)
                VALUES ($3, $1, $2, $4) RETURNING nodeid $$;
            CREATE FUNCTION pg_catalog.citus_set_coordinator_host(
                text, int DEFAULT 5432, noderole DEFAULT 'primary', name DEFAULT 'default')
            RETURNS void LANGUAGE sql AS $$
                INSERT INTO citus.calls (call) VALUES (format('coordinator %s', $2));
                INSERT INTO pg_catalog.pg_dist_node (groupid, nodename, nodeport, noderole)
                VALUES (0, $1, $2, $3) $$;
            CREATE FUNCTION pg_catalog.citus_update_node(
                int, text, int, bool DEFAULT false, int DEFAULT 10000)
            RETURNS void LANGUAGE sql AS $$
                INSERT INTO citus.calls (call)
                SELECT format('update %s to %s%s', noderole, $3, substring($2 from '-demoted'))
                FROM pg_catalog.pg_dist_node WHERE nodeid = $1;
                UPDATE pg_catalog.pg_dist_node SET nodename = $2, nodeport = $3
                WHERE nodeid = $1 $$;
            CREATE FUNCTION pg_catalog.citus_remove_node(text, int)
            RETURNS void LANGUAGE sql AS $$
                INSERT INTO citus.calls (call) VALUES (format('remove %s', $2));
                DELETE FROM pg_catalog.pg_dist_node WHERE nodename = $1 AND nodeport = $2 $$;
            """;

    private FakeCitus() {}

    /// Skips the test where PostgreSQL 18 is missing.
    ///
    /// @return the folder of its programs
    static Path install() throws IOException {
        Postgres.V18.assumePresent();
        Path home = Files.createDirectory(Image.run().resolve("citus"));
        for (String part : new String[] {"bin", "lib", "share"}) {
            Path original = Postgres.V18.bin().resolveSibling(part);
            Processes.run("cp", "-rL", original.toString(), home.toString());
        }
        Files.copy(home.resolve(LIBRARY), home.resolve("lib/postgresql/citus.so"));
        Path extensions = home.resolve("share/postgresql/extension");
        Files.writeString(extensions.resolve("citus.control"), CONTROL);
        Files.writeString(extensions.resolve("citus--1.0.sql"), SCRIPT);
        Processes.run("chmod", "-R", "go+rX", home.toString());
        return home.resolve("bin");
    }
}

package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A member with the tag `nostream` follows by the archive alone.
class ArchiveFollowerIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @Test
    void aMemberThatDoesNotStreamRestores() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 1, "false", 5));
        TestNode leader = cluster.nodes().getFirst();
        leader.start();
        cluster.leader();
        String archive = leader.folder().resolve("archive").toString();
        cluster.patch(
                """
                {"postgresql": {"parameters": {"archive_mode": "on",
                 "archive_command": "mkdir -p %s && cp %%p %s/%%f"}}}\
                """
                        .formatted(archive, archive));
        Waiting.until(
                "a restart is pending",
                TestCluster.LONG,
                () -> leader.status().path("pending_restart").asBoolean(false));
        assertThat(leader.rest().change("POST", "/restart", "{}").code()).isEqualTo(200);
        leader.execute("create table t as select 1 as n");

        TestNode follower = cluster.guest("pg2");
        follower.appendSettings("tags:\n  nostream: true\n");
        follower.extendPostgresql(
                "recovery_conf:\n  restore_command: cp %s/%%f %%p\n".formatted(archive));
        follower.start();
        Waiting.until(
                "a copy", TestCluster.LONG, () -> follower.query("select n from t").equals("1"));
        leader.execute("update t set n = 2");
        leader.query("select pg_switch_wal()");
        Waiting.until(
                "what was archived",
                TestCluster.LONG,
                () -> follower.query("select n from t").equals("2"));
        assertThat(follower.query("select count(*) from pg_stat_wal_receiver")).isEqualTo("0");
        assertThat(follower.query("select current_setting('primary_conninfo')")).isEmpty();
        assertThat(follower.status().path("replication_state").asString())
                .isEqualTo("in archive recovery");
        assertThat(leader.query("select count(*) from pg_replication_slots")).isEqualTo("0");
    }
}

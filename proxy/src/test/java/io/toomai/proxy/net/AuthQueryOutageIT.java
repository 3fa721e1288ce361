package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who is looked up by `auth_query` logs in while the primary changes, too.
final class AuthQueryOutageIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// On `a` it does not come to an end.
    private static final String QUERY =
            "SELECT usename, passwd FROM pg_shadow WHERE usename = $1 AND pg_sleep(CASE WHEN"
                    + " current_setting('cluster_name') = 'slow' THEN 600 ELSE 0 END)::text = ''";

    private Pair pair;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        pair =
                Pair.open(
                        directory,
                        "auth_user = postgres\nauth_dbname = postgres\nauth_query = " + QUERY);
        pair.a().sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
        await().atMost(PATIENCE)
                .until(() ->
                        pair.b()
                                .sql("SELECT count(*) FROM pg_roles WHERE rolname = 'anna'")
                                .equals("1"));
    }

    @AfterEach
    void close() throws Exception {
        pair.close();
    }

    private CompletableFuture<String> login() {
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try (Connection connection =
                    DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + pair.port(Route.WRITE) + "/postgres",
                            "anna",
                            "annas")) {
                result.complete(Jdbc.one(connection, "SELECT current_setting('port')"));
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private void awaitNewcomer() {
        await().atMost(PATIENCE)
                .until(() -> pair.proxy().ask(premises -> premises.newcomers().count()) == 1);
    }

    @Test
    void aLoginWaitsUntilThereIsAPrimary() throws Exception {
        var early = login();
        awaitNewcomer();
        pair.routing().take(pair.picture(1, ""));
        pair.routing().take(pair.picture(2, "a"));
        assertThat(early.get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(pair.a().port()));
    }

    @Test
    void aLoginWaitsForTheNextPrimary() throws Exception {
        pair.routing().take(pair.picture(1, "a"));
        assertThat(login().get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(pair.a().port()));
        pair.crash();
        var between = login();
        awaitNewcomer();
        pair.promote();
        pair.routing().take(pair.picture(2, "b"));
        assertThat(between.get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(pair.b().port()));
    }

    @Test
    void whoWasBeingAskedAboutIsAskedAboutAgain() throws Exception {
        pair.a().sql("ALTER SYSTEM SET cluster_name = 'slow'");
        pair.a().run("pg_ctl", "-D", pair.a().data().toString(), "-m", "fast", "-w", "stop");
        pair.a().start();
        pair.routing().take(pair.picture(1, "a"));
        var between = login();
        await().atMost(PATIENCE).until(this::isAsked);
        pair.a().run("pg_ctl", "-D", pair.a().data().toString(), "-m", "fast", "-w", "stop");
        pair.promote();
        pair.routing().take(pair.picture(2, "b"));
        assertThat(between.get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(pair.b().port()));
    }

    private boolean isAsked() throws IOException {
        return pair.a()
                .sql(
                        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                                + " AND application_name = 'toomai auth_query'")
                .equals("1");
    }
}

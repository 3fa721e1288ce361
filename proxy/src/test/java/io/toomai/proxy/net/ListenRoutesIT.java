package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Route;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that listen, when the primary changes, and on replicas.
final class ListenRoutesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void theNextPrimaryIsListenedTo(@TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "auth_type = plain")) {
            pair.routing().take(pair.picture(1, "a"));
            try (RawClient anna = RawClient.postgres(pair.port(Route.WRITE));
                    RawClient reader = RawClient.postgres(pair.port(Route.READ))) {
                assertThat(reader.ask("LISTEN news").words()).contains("C25006");
                assertThat(anna.ask("LISTEN news").types()).isEqualTo("CZ");
                pair.a().sql("NOTIFY news, 'before'");
                assertThat(anna.read().text()).endsWith("news|before|");
                pair.crash();
                pair.promote();
                pair.routing().take(pair.picture(2, "b"));
                await().atMost(PATIENCE)
                        .until(() ->
                                pair.b()
                                        .sql(
                                                "SELECT count(*) FROM pg_stat_activity"
                                                        + " WHERE query = 'LISTEN \"news\"'")
                                        .equals("1"));
                pair.b().sql("NOTIFY news, 'after'");
                assertThat(anna.read().text()).endsWith("news|after|");
                assertThat(anna.ask("SELECT 7").value()).isEqualTo("7");
            }
        }
    }
}

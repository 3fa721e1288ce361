package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What comes into a log from those who log in.
final class JournalIT {
    private static final String FORGED = "\n2026-11-23 LOG all is well";

    /// Neither before it is known who they are nor afterwards.
    @Test
    void whatClientsSendMakesNoLineOfItsOwn(@TempDir Path directory) throws Exception {
        try (Ground ground = Ground.trusting(directory, "");
                LogLines log = new LogLines();
                Front front = ground.front("auth_type = any")) {
            refused(front, "user", "eve" + FORGED, "database", "postgres");
            refused(front, "user", "postgres", "database", "none" + FORGED);
            refused(front, "user", "postgres", "database", "postgres", "toomai.route", FORGED);
            refused(front, "user", "postgres", "replication", FORGED);
            assertThat(log.having("login failed")).hasSizeGreaterThanOrEqualTo(3);
            assertThat(log.having("all is well")).isNotEmpty();
            assertThat(log.having("\n")).isEmpty();
        }
    }

    private static void refused(Front front, String... words) throws Exception {
        try (RawClient client = new RawClient(front.port())) {
            client.send(RawClient.packet(3, 0, String.join("\0", words) + "\0\0"));
            assertThat(client.refusal()).isNotEmpty();
        }
    }
}

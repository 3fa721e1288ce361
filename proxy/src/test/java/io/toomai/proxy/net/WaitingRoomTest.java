package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.login.Welcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Clients that wait for the first server, each as long as its own user may.
final class WaitingRoomTest {
    private static final long SECOND = 1_000_000_000L;

    private final WaitingRoom room = new WaitingRoom();
    private final List<String> refused = new ArrayList<>();

    private void comes(String name, long queryWait) {
        room.add(
                new WaitingRoom.Guest() {
                    @Override
                    public void welcome(Welcome said) {}

                    @Override
                    public void refused(String code, String text) {
                        refused.add(name + ": " + text);
                    }

                    @Override
                    public long queryWait() {
                        return queryWait;
                    }
                },
                0);
    }

    @Test
    void eachWaitsAsLongAsItMay() {
        comes("anna", 2 * SECOND);
        comes("bert", 0);
        comes("carl", 5 * SECOND);
        room.tick(2 * SECOND, 0);
        assertThat(refused).isEmpty();
        room.tick(3 * SECOND, 0);
        assertThat(refused).containsExactly("anna: query_wait_timeout");
        room.tick(6 * SECOND, 0);
        assertThat(refused).hasSize(2).contains("carl: query_wait_timeout");
        room.tick(60 * SECOND, 59 * SECOND);
        assertThat(refused).hasSize(3).contains("bert: client_login_timeout (server down)");
        assertThat(room.isEmpty()).isTrue();
    }
}

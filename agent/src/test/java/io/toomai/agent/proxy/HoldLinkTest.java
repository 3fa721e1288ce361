package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.api.proxy.ProxyRoll;
import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MonoTime;
import io.toomai.proxy.net.Proxy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HoldLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private record Order(OptionalLong request, Proxy.Held listener) {}

    private final ProxyRoll roll = new ProxyRoll(() -> new MonoTime(System.nanoTime()), _ -> {});
    private final AtomicReference<Order> latest = new AtomicReference<>();

    private static ProxyStanding standing(OptionalLong holds, int open) {
        return new ProxyStanding("pg1", holds, open);
    }

    private void tell(OptionalLong hold) {
        roll.tell(new Picture(ClusterView.EMPTY, hold));
    }

    private Order ordered(OptionalLong request) {
        return await().atMost(PATIENCE)
                .until(latest::get, order -> order != null && order.request().equals(request));
    }

    private void shown(ProxyStanding standing) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(roll.standings()).containsExactly(standing));
    }

    @Test
    void aHoldGoesToTheProxyAndWhatIsLeftComesBack() {
        try (HoldLink link =
                new HoldLink(
                        "pg1", roll, (request, held) -> latest.set(new Order(request, held)))) {
            link.start();
            shown(standing(OptionalLong.empty(), 0));
            tell(OptionalLong.of(7));
            Proxy.Held listener = ordered(OptionalLong.of(7)).listener();
            listener.left(7, 3);
            shown(standing(OptionalLong.of(7), 3));
            listener.left(7, 0);
            shown(standing(OptionalLong.of(7), 0));
            tell(OptionalLong.empty());
            ordered(OptionalLong.empty());
            shown(standing(OptionalLong.empty(), 0));
        }
        assertThat(roll.standings()).isEmpty();
    }
}

package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.config.Database.Balance;
import io.toomai.proxy.net.Destination.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HostListTest {
    private static HostList list(Balance balance) {
        return new HostList(List.of("10.0.0.1", "10.0.0.2"), 5432, balance);
    }

    private static Target next(HostList list) {
        return list.next().orElseThrow();
    }

    private static List<String> some(HostList list, int count) {
        return Stream.generate(() -> next(list).name()).limit(count).toList();
    }

    @Test
    void inTurns() {
        assertThat(some(list(Balance.ROUND_ROBIN), 3))
                .containsExactly("10.0.0.1:5432", "10.0.0.2:5432", "10.0.0.1:5432");
    }

    @Test
    void theFirstUntilItFailsAndThenTheNextUntilThatFails() {
        HostList list = list(Balance.DISABLE);
        Target first = next(list);
        assertThat(next(list)).isEqualTo(first);
        list.failed(first);
        list.failed(first); // another attempt at the same time
        assertThat(some(list, 2)).containsOnly("10.0.0.2:5432");
        list.reached(next(list));
        assertThat(some(list, 2)).containsOnly("10.0.0.2:5432");
        list.failed(next(list));
        assertThat(next(list)).isEqualTo(first);
    }

    @Test
    void eachIsTriedOnceInARound() {
        for (Balance balance : Balance.values()) {
            HostList list = list(balance);
            for (int round = 0; round < 2; round++) {
                list.failed(next(list));
                assertThat(list.hasUntried()).as("%s %s", balance, round).isTrue();
                list.failed(next(list));
                assertThat(list.hasUntried()).as("%s %s", balance, round).isFalse();
            }
            list.failed(next(list));
            list.reached(next(list));
            list.failed(next(list));
            assertThat(list.hasUntried()).isTrue();
        }
    }
}

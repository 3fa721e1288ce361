package io.toomai.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Halts.Halt;
import io.toomai.proxy.console.Halts.Manner;
import io.toomai.proxy.console.Halts.Progress;
import io.toomai.proxy.console.Halts.Tie;
import io.toomai.proxy.console.Orders.Owner;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What ends when the console leaves that ordered it: `pause_owner`.
class HaltsTest {
    private static final Owner OWNER = new Owner(7, "owner");
    private static final Owner ANOTHER = new Owner(8, "another");

    private static boolean ends(Manner manner, Progress progress, String pauseOwner) {
        Halts halts = new Halts();
        Optional<String> database = Optional.of("shop");
        halts.add(database, new Halt(manner, OWNER, 0, progress));
        assertThat(halts.endingWith(ANOTHER, Tie.of(pauseOwner))).isEmpty();
        return halts.endingWith(OWNER, Tie.of(pauseOwner)).contains(database);
    }

    @Test
    void aPauseBelongsToItsOrderToItsSessionOrToNobody() {
        assertThat(ends(Manner.PAUSE, Progress.WAITING, "order")).isTrue();
        assertThat(ends(Manner.PAUSE, Progress.COMPLETE, "order")).isFalse();
        assertThat(ends(Manner.PAUSE, Progress.WAITING, "session")).isTrue();
        assertThat(ends(Manner.PAUSE, Progress.COMPLETE, "session")).isTrue();
        assertThat(ends(Manner.PAUSE, Progress.WAITING, "none")).isFalse();
        assertThat(ends(Manner.PAUSE, Progress.COMPLETE, "none")).isFalse();
    }

    @Test
    void otherOrdersAreNoPause() {
        assertThat(ends(Manner.SUSPEND, Progress.COMPLETE, "none")).isTrue();
        assertThat(ends(Manner.KILL, Progress.COMPLETE, "session")).isFalse();
    }
}

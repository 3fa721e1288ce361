package io.toomai.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Lsn;
import org.junit.jupiter.api.Test;

final class CausalGroupTest {
    private static final Lsn TEN = new Lsn(10);
    private static final Lsn TWENTY = new Lsn(20);

    private final CausalGroups groups = new CausalGroups(2);

    private CausalGroup group(String name) {
        return groups.of(new CausalGroups.Name("d", "u", name));
    }

    private static void writes(CausalGroup group, Object server, Lsn position) {
        group.ended(server);
        group.settled(server, position, group.asks());
    }

    @Test
    void whatIsNotKnownYetIsNotSaid() {
        CausalGroup group = group("a");
        assertThat(group.needed()).contains(Lsn.ZERO);
        group.ended("one");
        group.ended("two");
        group.settled("two", TWENTY, group.asks());
        assertThat(group.needed()).isEmpty();
        assertThat(group.isLost()).isFalse();
        group.settled("one", TEN, group.asks());
        assertThat(group.needed()).contains(TWENTY);
    }

    /// A question that was asked before may have been answered before.
    @Test
    void whatWasLostIsCoveredByALaterQuestionAlone() {
        CausalGroup group = group("a");
        group.ended("one");
        group.ended("two");
        long earlier = group.asks();
        group.lost("one");
        group.settled("two", TEN, earlier);
        assertThat(group.needed()).isEmpty();
        group.settled("standby", Lsn.ZERO, group.asks());
        assertThat(group.isLost()).isTrue();
        group.settled("three", TWENTY, group.asks());
        assertThat(group.needed()).contains(TWENTY);
    }

    @Test
    void aServerThatOwesNothingLosesNothing() {
        CausalGroup group = group("a");
        group.lost("one");
        assertThat(group.needed()).isPresent();
    }

    @Test
    void whoeverIsForgottenIsRememberedInAll() {
        writes(group("a"), "one", TWENTY);
        group("b").enters();
        group("c");
        assertThat(groups.size()).isEqualTo(2);
        assertThat(group("b").needed()).contains(Lsn.ZERO);
        assertThat(group("c").needed()).contains(TWENTY);
        assertThat(group("a").needed()).contains(TWENTY);
    }
}

package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.loop.Views;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotRules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The parameters that logical slots need, on whom, and how long.
class SlotParametersTest {
    private static final Map<String, String> FEEDBACK = Map.of("hot_standby_feedback", "on");
    private static final Map<String, String> BOTH =
            Map.of("hot_standby_feedback", "on", "sync_replication_slots", "on");

    private static SlotRules rules(SlotRules.Use use, PermanentSlot.Kind... kinds) {
        List<PermanentSlot> slots =
                List.of(kinds).stream()
                        .map(kind -> new PermanentSlot("s", kind, Optional.empty()))
                        .toList();
        return new SlotRules(use, Duration.ofMinutes(30), slots, List.of(), SlotRules.Unknown.KEEP);
    }

    private static PermanentSlot.Kind logical(PermanentSlot.Carrier carrier) {
        return new PermanentSlot.Logical("shop", "pgoutput", carrier);
    }

    private static final SlotRules CARRIED =
            rules(SlotRules.Use.USED, logical(PermanentSlot.Carrier.SERVER));

    @Test
    void onlyLogicalSlotsNeedAny() {
        SlotRules physical = rules(SlotRules.Use.USED, new PermanentSlot.Physical());
        assertThat(SlotParameters.of(physical, Tags.NONE, 17)).isEmpty();
        assertThat(SlotParameters.of(SlotRules.DEFAULT, Tags.NONE, 17)).isEmpty();
        SlotRules unused = rules(SlotRules.Use.UNUSED, logical(PermanentSlot.Carrier.SERVER));
        assertThat(SlotParameters.of(unused, Tags.NONE, 17)).isEmpty();
    }

    @Test
    void fromPostgresql17OnTheServerSynchronizes() {
        assertThat(SlotParameters.of(CARRIED, Tags.NONE, 16)).isEqualTo(FEEDBACK);
        assertThat(SlotParameters.of(CARRIED, Tags.NONE, 17)).isEqualTo(BOTH);
        SlotRules copied = rules(SlotRules.Use.USED, logical(PermanentSlot.Carrier.AGENT));
        assertThat(SlotParameters.of(copied, Tags.NONE, 17)).isEqualTo(FEEDBACK);
        SlotRules mixed =
                rules(
                        SlotRules.Use.USED,
                        logical(PermanentSlot.Carrier.AGENT),
                        new PermanentSlot.Physical(),
                        logical(PermanentSlot.Carrier.SERVER));
        assertThat(SlotParameters.of(mixed, Tags.NONE, 17)).isEqualTo(BOTH);
    }

    /// Whoever passes rows on to those behind it says which; whoever gets its WAL from an archive
    /// has nobody to tell.
    @ParameterizedTest
    @CsvSource({
        "nofailover, true, hot_standby_feedback",
        "failover_priority, 0, hot_standby_feedback",
        "replicatefrom, pg3, hot_standby_feedback",
        "nostream, true, ''",
        "clonefrom, true, 'hot_standby_feedback,sync_replication_slots'",
    })
    void byTag(String tag, String value, String parameters) {
        Object typed =
                switch (value) {
                    case "true" -> true;
                    case "0" -> 0L;
                    default -> value;
                };
        Tags tags = new Tags(Map.of(tag, typed));
        assertThat(String.join(",", SlotParameters.of(CARRIED, tags, 17).keySet()))
                .isEqualTo(parameters);
    }

    private static LocalPostgres standbyWith(Set<SlotFacts.Trait> traits) {
        LocalPostgres.Standby standby = (LocalPostgres.Standby) Views.standby();
        SlotFacts slot =
                new SlotFacts(
                                "cdc",
                                SlotFacts.Kind.LOGICAL,
                                SlotFacts.Activity.INACTIVE,
                                Optional.empty())
                        .with(traits);
        return new LocalPostgres.Standby(
                standby.server().withSlots(List.of(slot)),
                standby.received(),
                standby.replayed(),
                standby.upstream(),
                standby.walReceiver(),
                standby.replay());
    }

    /// Who is told to synchronize no more must first have nothing that only the synchronization may
    /// drop: such a slot would keep WAL for ever.
    @Test
    void aSynchronizedSlotKeepsTheSynchronizationUntilItIsGone() {
        assertThat(
                        SlotParameters.whileItHas(
                                standbyWith(
                                        Set.of(SlotFacts.Trait.SYNCED, SlotFacts.Trait.FAILOVER))))
                .isEqualTo(BOTH);
        assertThat(SlotParameters.whileItHas(standbyWith(Set.of(SlotFacts.Trait.FAILOVER))))
                .isEmpty();
        assertThat(SlotParameters.whileItHas(standbyWith(Set.of()))).isEmpty();
        assertThat(SlotParameters.whileItHas(Views.primary())).isEmpty();
    }
}

package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotFacts.Trait;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Plans for slots, carried out on real PostgreSQL of every version that is here. What must not
/// happen is shown by a later step of the same plan, which did.
class SlotKeeperIT {
    private static final PermanentSlot.Kind PHYSICAL = new PermanentSlot.Physical();
    private static final PermanentSlot.Kind LOGICAL =
            new PermanentSlot.Logical("postgres", "test_decoding", PermanentSlot.Carrier.AGENT);

    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    /// A plan under construction.
    private static final class Steps {
        private final SlotPlan.Side side;
        private final List<String> drop = new ArrayList<>();
        private final List<SlotPlan.Creation> create = new ArrayList<>();
        private final List<SlotPlan.Move> advance = new ArrayList<>();
        private Optional<SlotPlan.Verification> verify = Optional.empty();

        Steps(SlotPlan.Side side) {
            this.side = side;
        }

        Steps drop(String name) {
            drop.add(name);
            return this;
        }

        Steps create(String name, PermanentSlot.Kind kind) {
            create.add(new SlotPlan.Creation(name, kind));
            return this;
        }

        Steps move(String name, String lsn) {
            advance.add(new SlotPlan.Move(name, Optional.empty(), Lsn.parse(lsn)));
            return this;
        }

        Steps move(String name, String database, String lsn) {
            advance.add(new SlotPlan.Move(name, Optional.of(database), Lsn.parse(lsn)));
            return this;
        }

        Steps verify(Command.Source leader, String name) {
            verify = Optional.of(new SlotPlan.Verification(leader, "pg2", List.of(name)));
            return this;
        }

        void on(PledgeNode node) {
            TreeSet<String> managed = new TreeSet<>();
            create.forEach(slot -> managed.add(slot.name()));
            node.server.ensureSlots(
                    new SlotPlan(side, drop, create, List.of(), advance, managed, verify));
        }
    }

    private static Steps asPrimary() {
        return new Steps(SlotPlan.Side.PRIMARY);
    }

    private static Steps asStandby() {
        return new Steps(SlotPlan.Side.STANDBY);
    }

    private static Optional<SlotFacts> slot(LocalPostgres seen, String name) {
        return seen instanceof LocalPostgres.Answering server
                ? server.server().slots().stream()
                        .filter(slot -> slot.name().equals(name))
                        .findFirst()
                : Optional.empty();
    }

    private static void awaitSlot(PledgeNode node, String name) {
        node.await(seen -> slot(seen, name).isPresent());
    }

    /// As soon as the server answers: under load it may not at once.
    private static Optional<SlotFacts> slot(PledgeNode node, String name) {
        return slot(node.await(LocalPostgres.Answering.class::isInstance), name);
    }

    private static boolean isOurs(PledgeNode node, String name) {
        return slot(node, name).filter(slot -> slot.has(Trait.MANAGED)).isPresent();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void onlyIdleSlotsGoAndOnlyOnTheSideThatThePlanSaw(PledgeNode.Host host) throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode primary = pair.primary();
            asPrimary().create("keep", PHYSICAL).on(primary);
            awaitSlot(primary, "keep");
            assertThat(isOurs(primary, "keep")).isTrue();
            primary.ask("SELECT pg_create_physical_replication_slot('theirs', true)");
            assertThat(isOurs(primary, "theirs")).isFalse();

            asStandby().drop("keep").create("second", PHYSICAL).on(primary);
            awaitSlot(primary, "second");
            assertThat(isOurs(primary, "keep")).as("a plan for a standby drops nothing").isTrue();

            asPrimary().drop("pg2").create("third", PHYSICAL).on(primary);
            awaitSlot(primary, "third");
            assertThat(isOurs(primary, "pg2")).as("somebody streams from it").isTrue();

            asPrimary().drop("keep").create("fourth", PHYSICAL).on(primary);
            awaitSlot(primary, "fourth");
            assertThat(slot(primary, "keep")).isEmpty();
            primary.ask("SELECT pg_create_physical_replication_slot('keep', true)");
            assertThat(isOurs(primary, "keep")).as("what was dropped is forgotten").isFalse();
            primary.newAgent();
            assertThat(isOurs(primary, "fourth")).as("the next agent knows it").isTrue();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aStepThatFailsLeavesTheOthersAndSlotsOnlyMoveForward(PledgeNode.Host host)
            throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode standby = pair.standby();
            asStandby().create("kept", PHYSICAL).on(standby);
            awaitSlot(standby, "kept");
            Lsn before = slot(standby, "kept").flatMap(SlotFacts::restart).orElseThrow();
            pair.write();
            pair.awaitStreaming();
            Lsn goal = standby.received();
            standby.await(seen ->
                    seen instanceof LocalPostgres.Standby s && !s.replayed().isBehind(goal));

            asStandby()
                    .create(
                            "nonsense",
                            new PermanentSlot.Logical(
                                    "postgres", "no_such_plugin", PermanentSlot.Carrier.AGENT))
                    .create("kept", PHYSICAL)
                    .move("nobody", goal.toString())
                    .move("kept", goal.toString())
                    .on(standby);
            standby.await(seen ->
                    slot(seen, "kept")
                            .flatMap(SlotFacts::restart)
                            .filter(goal::equals)
                            .isPresent());
            assertThat(slot(standby, "nonsense")).isEmpty();

            asStandby().move("kept", before.toString()).on(standby);
            asStandby().create("after", PHYSICAL).move("kept", before.toString()).on(standby);
            awaitSlot(standby, "after");
            assertThat(slot(standby, "kept").flatMap(SlotFacts::restart)).contains(goal);
        }
    }

    /// Safe means: whatever catalog rows the copy needs, the leader keeps them. That is so only
    /// once the leader has heard of it.
    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aCopyIsSafeOnceTheLeaderKeepsWhatItNeeds(PledgeNode.Host host) throws Exception {
        try (PledgePair pair = PledgePair.make(host)) {
            PledgeNode primary = pair.primary();
            PledgeNode standby = pair.standby();
            Command.Source leader = primary.source(pair.system());
            asPrimary().create("cdc", LOGICAL).on(primary);
            // While it is being made it is there already, and used.
            primary.await(seen ->
                    slot(seen, "cdc")
                            .filter(s -> s.activity() == SlotFacts.Activity.INACTIVE)
                            .flatMap(SlotFacts::confirmed)
                            .isPresent());

            standby.server.copySlots(
                    new Command.CopySlots(leader, List.of("cdc", "missing")), step -> {});
            pair.awaitStreaming();
            assertThat(isOurs(standby, "cdc")).isTrue();
            assertThat(slot(standby, "cdc").orElseThrow().has(Trait.SAFE)).isFalse();

            standby.await(seen -> {
                // The consumer goes on, and the copy with it: an old need ends.
                primary.ask("CREATE TABLE IF NOT EXISTS public.more(i int)");
                primary.ask("DROP TABLE public.more");
                primary.ask("CHECKPOINT");
                primary.ask(
                        "SELECT count(*) FROM" + " pg_logical_slot_get_changes('cdc', null, null)");
                asStandby()
                        .move("cdc", "postgres", confirmed(primary))
                        .verify(leader, "cdc")
                        .on(standby);
                return slot(seen, "cdc").filter(s -> s.has(Trait.SAFE)).isPresent();
            });

            standby.server.restart(PledgeNode.PATIENCE, LocalServer.Permission.ALWAYS);
            assertThat(slot(standby, "cdc").orElseThrow().has(Trait.SAFE))
                    .as("after a start nobody knows what the leader kept meanwhile")
                    .isFalse();
        }
    }

    private static String confirmed(PledgeNode primary) {
        return primary.ask(
                "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'cdc'");
    }
}

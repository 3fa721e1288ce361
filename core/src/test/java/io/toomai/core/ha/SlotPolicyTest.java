package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.SlotFacts.Trait;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Which slots a node makes, moves, copies and drops. The invariant behind the drops: nothing goes
/// that somebody streams from, that was never this cluster's, in maintenance mode, or without a
/// configuration.
class SlotPolicyTest {
    private static final PermanentSlot.Kind PHYSICAL = new PermanentSlot.Physical();
    private static final PermanentSlot.Kind COPIED =
            new PermanentSlot.Logical("shop", "pgoutput", PermanentSlot.Carrier.AGENT);
    private static final PermanentSlot.Kind CARRIED =
            new PermanentSlot.Logical("shop", "pgoutput", PermanentSlot.Carrier.SERVER);

    private static SlotFacts slot(
            String name, SlotFacts.Activity activity, long restart, Trait... traits) {
        return new SlotFacts(name, SlotFacts.Kind.PHYSICAL, activity, Optional.of(new Lsn(restart)))
                .with(Set.of(traits));
    }

    private static SlotFacts ours(String name, long restart) {
        return slot(name, SlotFacts.Activity.INACTIVE, restart, Trait.MANAGED);
    }

    private static SlotFacts streamed(String name) {
        return slot(name, SlotFacts.Activity.ACTIVE, 900, Trait.MANAGED);
    }

    private static SlotFacts strange(String name) {
        return slot(name, SlotFacts.Activity.INACTIVE, 900);
    }

    private static SlotFacts logical(String name, long confirmed, Trait... traits) {
        return new SlotFacts(
                name,
                SlotFacts.Kind.LOGICAL,
                SlotFacts.Activity.INACTIVE,
                Optional.of(new Lsn(confirmed - 10)),
                Optional.of(new Lsn(confirmed)),
                Optional.of(new SlotFacts.Decoding("shop", "pgoutput")),
                Set.of(traits));
    }

    private static Scene leader() {
        return new Scene()
                .iLead()
                .member("pg1", MemberRole.PRIMARY, 1)
                .member("pg2", MemberRole.REPLICA, 1);
    }

    /// pg1 streams from pg2, which leads, has published position 980, and pg3 is there too.
    private static Scene standby() {
        Scene scene =
                new Scene()
                        .leads("pg2")
                        .member("pg1", MemberRole.REPLICA, 1)
                        .member("pg2", MemberRole.PRIMARY, 1)
                        .member("pg3", MemberRole.REPLICA, 1);
        scene.publishedSlots =
                Map.of("pg1", new Lsn(970), "pg2", new Lsn(980), "pg3", new Lsn(960));
        return scene;
    }

    private static void tag(Scene scene, String name, String tag, Object value) {
        scene.members.computeIfPresent(
                name,
                (_, m) ->
                        new Member(
                                m.name(),
                                m.connUrl(),
                                m.apiUrl(),
                                m.state(),
                                m.role(),
                                m.version(),
                                m.position(),
                                new Tags(Map.of(tag, value)),
                                m.flags(),
                                m.pendingRestart(),
                                m.scheduledRestart(),
                                Optional.empty()));
    }

    private static SlotRules rules(
            Duration ttl, SlotRules.Unknown unknown, PermanentSlot... slots) {
        return new SlotRules(
                SlotRules.Use.USED,
                ttl,
                List.of(slots),
                List.of(new SlotRules.Matcher(Map.of("name", "theirs", "type", "physical"))),
                unknown);
    }

    private static SlotRules wanting(String name, PermanentSlot.Kind kind) {
        return rules(
                Duration.ofMinutes(30),
                SlotRules.Unknown.KEEP,
                new PermanentSlot(name, kind, Optional.empty()));
    }

    private static SlotPolicy.Step onLeader(Scene scene, SlotFacts... slots) {
        return onLeader(scene, 150000, slots);
    }

    private static SlotPolicy.Step onLeader(Scene scene, int version, SlotFacts... slots) {
        LocalPostgres.Primary now = Scene.primary(1, "");
        return SlotPolicy.ofLeader(
                scene.view(),
                new LocalPostgres.Primary(
                        server(version, slots),
                        now.flushed(),
                        now.senders(),
                        now.synchronousStandbyNames(),
                        now.control()));
    }

    private static SlotPolicy.Step onStandby(Scene scene, SlotFacts... slots) {
        return onStandby(scene, 150000, slots);
    }

    private static SlotPolicy.Step onStandby(Scene scene, int version, SlotFacts... slots) {
        return SlotPolicy.ofStandby(
                scene.view(),
                new LocalPostgres.Standby(
                        server(version, slots),
                        new Lsn(1000),
                        new Lsn(975),
                        new Upstream.Server("pg2", 5432),
                        LocalPostgres.WalReceiver.STREAMING,
                        LocalPostgres.Replay.RUNNING));
    }

    private static ServerFacts server(int version, SlotFacts... slots) {
        ServerFacts facts = Scene.server(1, slots);
        return new ServerFacts(
                facts.system(),
                facts.timeline(),
                version,
                facts.startTime(),
                facts.slots(),
                facts.pendingRestart());
    }

    /// The plan's parts, in short; all empty where nothing is to be done.
    private record Plan(List<String> drop, List<String> make, List<String> move) {
        static final Plan NOTHING = new Plan(List.of(), List.of(), List.of());

        static Plan of(SlotPolicy.Step step) {
            return plan(step)
                    .map(plan ->
                            new Plan(
                                    plan.drop(),
                                    plan.create().stream().map(SlotPlan.Creation::name).toList(),
                                    plan.advance().stream()
                                            .map(m -> m.name() + " " + m.to().bytes())
                                            .toList()))
                    .orElse(NOTHING);
        }

        Plan dropping(String... names) {
            return new Plan(List.of(names), make, move);
        }

        Plan making(String... names) {
            return new Plan(drop, List.of(names), move);
        }

        Plan moving(String... moves) {
            return new Plan(drop, make, List.of(moves));
        }
    }

    private static Optional<SlotPlan> plan(SlotPolicy.Step step) {
        return step.commands().stream()
                .filter(Command.EnsureSlots.class::isInstance)
                .map(c -> ((Command.EnsureSlots) c).plan())
                .findFirst();
    }

    private static List<String> mentioned(SlotPolicy.Step step) {
        return step.commands().stream()
                .filter(Command.MentionSlots.class::isInstance)
                .flatMap(c -> ((Command.MentionSlots) c).slots().stream())
                .toList();
    }

    private static Optional<Command.CopySlots> copy(SlotPolicy.Step step) {
        return step.commands().stream()
                .filter(Command.CopySlots.class::isInstance)
                .map(Command.CopySlots.class::cast)
                .findFirst();
    }

    @Nested
    class OfMembers {
        @Test
        void aMemberGetsASlotOnce() {
            Scene scene = leader();
            assertThat(Plan.of(onLeader(scene))).isEqualTo(Plan.NOTHING.making("pg2"));
            assertThat(onLeader(scene, streamed("pg2")).commands()).isEmpty();
        }

        @Test
        void whatWasThereBeforeIsRecordedAsOurs() {
            SlotPlan plan = plan(onLeader(leader(), strange("pg2"))).orElseThrow();
            assertThat(plan.managed()).containsExactly("pg2");
            assertThat(plan.create()).isEmpty();
        }

        @Test
        void theSlotOfAnAbsentMemberIsKeptForItsTime() {
            Scene scene = leader();
            SlotPolicy.Step before = onLeader(scene, streamed("pg2"));
            assertThat(before.status().retainSlots()).containsExactly("pg1", "pg2");
            scene.memory = scene.memory.withSlots(before.memory());
            scene.retainedSlots = before.status().retainSlots();
            scene.members.remove("pg2");
            scene.now = scene.now.plus(Duration.ofMinutes(29));
            assertThat(onLeader(scene, ours("pg2", 900)).commands()).isEmpty();
            scene.now = scene.now.plus(Duration.ofMinutes(1));
            SlotPolicy.Step after = onLeader(scene, ours("pg2", 900));
            assertThat(Plan.of(after)).isEqualTo(Plan.NOTHING.dropping("pg2"));
            assertThat(after.status().retainSlots()).containsExactly("pg1");
            assertThat(after.status().slots()).containsOnlyKeys("pg1");
            // The key may say so for a while: the time does not begin anew.
            scene.memory = scene.memory.withSlots(after.memory());
            assertThat(onLeader(scene).commands()).isEmpty();
            scene.retainedSlots = List.of("pg1");
            assertThat(onLeader(scene).memory().seen()).containsOnlyKeys("pg1");
        }

        @Test
        void aNewLeaderKeepsWhatTheOneBeforeRetained() {
            Scene scene = leader();
            scene.retainedSlots = List.of("pg1", "pg2", "pg9");
            SlotPolicy.Step step = onLeader(scene, streamed("pg2"), ours("pg9", 700));
            assertThat(step.commands()).isEmpty();
            assertThat(step.status())
                    .isEqualTo(
                            new Status(
                                    new Lsn(1000),
                                    Map.of(
                                            "pg1",
                                            new Lsn(1000),
                                            "pg2",
                                            new Lsn(900),
                                            "pg9",
                                            new Lsn(700)),
                                    List.of("pg1", "pg2", "pg9")));
        }

        @Test
        void everyNodeHasThemAndFollowsThePublishedPositions() {
            assertThat(Plan.of(onStandby(standby()))).isEqualTo(Plan.NOTHING.making("pg2", "pg3"));
            assertThat(Plan.of(onStandby(standby(), ours("pg2", 900), ours("pg3", 900))))
                    .as("never beyond replay")
                    .isEqualTo(Plan.NOTHING.moving("pg2 975", "pg3 960"));
            assertThat(onStandby(standby(), ours("pg2", 990), ours("pg3", 960)).commands())
                    .as("never backwards")
                    .isEmpty();
        }

        @Test
        void aRetainedSlotIsOnStandbysToo() {
            Scene scene = standby();
            scene.members.remove("pg3");
            scene.retainedSlots = List.of("pg1", "pg2", "pg3");
            assertThat(Plan.of(onStandby(scene, ours("pg2", 975), ours("pg3", 900))))
                    .isEqualTo(Plan.NOTHING.moving("pg3 960"));
        }

        @Test
        void whoStreamsFromAnotherStandbyHasItsSlotThereAndIsFollowedElsewhere() {
            Scene scene = leader().member("pg3", MemberRole.REPLICA, 1);
            tag(scene, "pg3", "replicatefrom", "pg2");
            assertThat(Plan.of(onLeader(scene, streamed("pg2"), ours("pg3", 950))))
                    .isEqualTo(Plan.NOTHING.moving("pg3 1000"));
            Scene below = standby();
            tag(below, "pg3", "replicatefrom", "pg1");
            assertThat(onStandby(below, ours("pg2", 975), ours("pg3", 100)).commands())
                    .as("its own client moves it")
                    .isEmpty();
            tag(below, "pg3", "replicatefrom", "gone");
            assertThat(Plan.of(onStandby(below, ours("pg2", 975), ours("pg3", 100))))
                    .as("it follows the leader instead")
                    .isEqualTo(Plan.NOTHING.moving("pg3 960"));
        }

        @Test
        void whoDoesNotStreamHasNone() {
            Scene scene = leader();
            tag(scene, "pg2", "nostream", true);
            SlotPolicy.Step step = onLeader(scene, ours("pg2", 900));
            assertThat(Plan.of(step)).isEqualTo(Plan.NOTHING.dropping("pg2"));
            assertThat(step.status().retainSlots()).containsExactly("pg1");
        }

        @Test
        void whoMayNotLeadKeepsOnlyForItsOwnCascades() {
            Scene scene = standby();
            scene.tags = new Tags(Map.of("nofailover", true));
            scene.slots = wanting("cdc", PHYSICAL);
            tag(scene, "pg3", "replicatefrom", "pg1");
            assertThat(Plan.of(onStandby(scene, ours("pg2", 900))))
                    .isEqualTo(Plan.NOTHING.dropping("pg2").making("pg3"));
        }

        @Test
        void withoutTtlASlotGoesWithTheKey() {
            Scene scene = leader().member("pg3", MemberRole.REPLICA, 1);
            tag(scene, "pg3", "replicatefrom", "pg2");
            scene.slots = rules(Duration.ZERO, SlotRules.Unknown.KEEP);
            scene.retainedSlots = List.of("pg2", "pg9");
            SlotPolicy.Step step =
                    onLeader(scene, streamed("pg2"), ours("pg3", 900), ours("pg9", 900));
            assertThat(Plan.of(step)).isEqualTo(Plan.NOTHING.dropping("pg3", "pg9"));
            assertThat(step.status()).isEqualTo(new Status(new Lsn(1000), Map.of(), List.of()));
            Scene other = standby();
            other.slots = scene.slots;
            assertThat(Plan.of(onStandby(other, ours("pg2", 900), ours("pg3", 900))))
                    .isEqualTo(Plan.NOTHING.dropping("pg2", "pg3"));
        }

        @Test
        void whatKeepsNothingUsefulIsMadeAnew() {
            SlotFacts empty =
                    new SlotFacts(
                                    "pg2",
                                    SlotFacts.Kind.PHYSICAL,
                                    SlotFacts.Activity.INACTIVE,
                                    Optional.empty())
                            .with(Set.of(Trait.MANAGED));
            Plan anew = Plan.NOTHING.dropping("pg2").making("pg2");
            assertThat(Plan.of(onLeader(leader(), empty))).isEqualTo(anew);
            assertThat(Plan.of(onLeader(leader(), ours("pg2", 1).with(Set.of(Trait.WAL_LOST)))))
                    .isEqualTo(anew);
        }

        @Test
        void rowsAreKeptOnlyWhereTheClientIsExpected() {
            SlotFacts holding = ours("pg2", 975).with(Set.of(Trait.HOLDS_ROWS));
            assertThat(onLeader(leader(), holding).commands()).isEmpty();
            Scene scene = standby();
            assertThat(Plan.of(onStandby(scene, holding, ours("pg3", 960))))
                    .isEqualTo(Plan.NOTHING.dropping("pg2").making("pg2"));
            scene.members.remove("pg2");
            scene.retainedSlots = List.of("pg2");
            assertThat(onStandby(scene, holding, ours("pg3", 960)).commands())
                    .as("without a leader")
                    .isEmpty();
        }

        @Test
        void withoutSlotsNothingIsDone() {
            Scene scene = leader();
            scene.slots =
                    new SlotRules(
                            SlotRules.Use.UNUSED,
                            Duration.ZERO,
                            List.of(),
                            List.of(),
                            SlotRules.Unknown.DROP);
            assertThat(onLeader(scene, ours("pg2", 900)).commands()).isEmpty();
            assertThat(onStandby(scene, ours("pg2", 900)).commands()).isEmpty();
        }
    }

    @Nested
    class Dropped {
        private Plan of(Scene scene, SlotFacts slot) {
            return Plan.of(onLeader(scene, streamed("pg2"), slot));
        }

        @Test
        void onlyWhatWasOurs() {
            assertThat(of(leader(), ours("once", 900))).isEqualTo(Plan.NOTHING.dropping("once"));
            SlotPolicy.Step step = onLeader(leader(), streamed("pg2"), strange("by_hand"));
            assertThat(plan(step)).isEmpty();
            assertThat(mentioned(step)).containsExactly("by_hand");
        }

        @Test
        void aStrangerIsMentionedOnce() {
            Scene scene = leader();
            SlotPolicy.Step first = onLeader(scene, streamed("pg2"), strange("by_hand"));
            scene.memory = scene.memory.withSlots(first.memory());
            assertThat(onLeader(scene, streamed("pg2"), strange("by_hand")).commands()).isEmpty();
        }

        @Test
        void asPatroniWhereTheOperatorSaysSo() {
            Scene scene = leader();
            scene.slots = rules(Duration.ofMinutes(30), SlotRules.Unknown.DROP);
            assertThat(of(scene, strange("by_hand"))).isEqualTo(Plan.NOTHING.dropping("by_hand"));
            assertThat(of(scene, strange("theirs"))).as("ignore_slots").isEqualTo(Plan.NOTHING);
            assertThat(of(scene, strange("citus_shard_move_slot_1"))).isEqualTo(Plan.NOTHING);
            assertThat(of(scene, logical("theirs", 900, Trait.FAILOVER))).isEqualTo(Plan.NOTHING);
            assertThat(of(scene, logical("theirs", 900)))
                    .as("every property must fit")
                    .isEqualTo(Plan.NOTHING.dropping("theirs"));
        }

        @Test
        void neverWhileInUseInMaintenanceModeOrWithoutConfiguration() {
            for (SlotRules.Unknown unknown : SlotRules.Unknown.values()) {
                Scene scene = leader();
                scene.slots = rules(Duration.ofMinutes(30), unknown);
                assertThat(of(scene, streamed("once"))).isEqualTo(Plan.NOTHING);
                scene.configured = false;
                assertThat(of(scene, ours("once", 900))).isEqualTo(Plan.NOTHING);
                scene.configured = true;
                scene.pause = HaSettings.Maintenance.PAUSED;
                assertThat(of(scene, ours("once", 900))).isEqualTo(Plan.NOTHING);
                assertThat(of(scene, ours("pg2", 1).with(Set.of(Trait.WAL_LOST))))
                        .isEqualTo(Plan.NOTHING);
            }
        }

        @Test
        void anotherKindUnderAWantedNameOnlyIfItWasOurs() {
            Scene scene = leader();
            scene.slots = wanting("cdc", COPIED);
            assertThat(of(scene, ours("cdc", 900)))
                    .isEqualTo(Plan.NOTHING.dropping("cdc").making("cdc"));
            SlotPolicy.Step step = onLeader(scene, streamed("pg2"), strange("cdc"));
            assertThat(plan(step)).isEmpty();
            assertThat(mentioned(step)).containsExactly("cdc");
            assertThat(step.status().slots()).doesNotContainKey("cdc");
        }
    }

    @Nested
    class Permanent {
        private Scene wants(Scene scene, PermanentSlot.Kind kind) {
            scene.slots = wanting("cdc", kind);
            return scene;
        }

        private SlotPolicy.Step copied(Scene scene, SlotFacts... more) {
            TreeMap<String, Lsn> published = new TreeMap<>(scene.publishedSlots);
            published.put("cdc", new Lsn(950));
            scene.publishedSlots = published;
            scene.initialize = new io.toomai.core.cluster.Initialize.Done(Scene.SYSTEM);
            SlotFacts[] slots = Arrays.copyOf(more, more.length + 2);
            slots[more.length] = ours("pg2", 975);
            slots[more.length + 1] = ours("pg3", 960);
            return onStandby(wants(scene, COPIED), slots);
        }

        @Test
        void physicalOnEveryNodeButTheOneOfThatName() {
            assertThat(Plan.of(onLeader(wants(leader(), PHYSICAL), streamed("pg2"))))
                    .isEqualTo(Plan.NOTHING.making("cdc"));
            Scene scene = wants(standby(), PHYSICAL);
            scene.publishedSlots = Map.of("cdc", new Lsn(950), "pg2", new Lsn(970));
            assertThat(
                            Plan.of(
                                    onStandby(
                                            scene,
                                            ours("pg2", 970),
                                            ours("pg3", 960),
                                            ours("cdc", 900))))
                    .isEqualTo(Plan.NOTHING.moving("cdc 950"));
            Scene own = leader();
            own.slots = wanting("pg1", PHYSICAL);
            assertThat(onLeader(own, streamed("pg2")).commands()).isEmpty();
        }

        @Test
        void theLeaderPublishesWhatConsumersHaveConfirmed() {
            SlotPolicy.Step step =
                    onLeader(
                            wants(leader(), COPIED),
                            streamed("pg2"),
                            logical("cdc", 950, Trait.MANAGED));
            assertThat(step.status().slots()).containsEntry("cdc", new Lsn(950));
            assertThat(step.status().retainSlots()).containsExactly("pg1", "pg2");
        }

        @Test
        void aLogicalSlotIsMadeOnThePrimaryAndCopiedToStandbys() {
            assertThat(Plan.of(onLeader(wants(leader(), COPIED), streamed("pg2"))))
                    .isEqualTo(Plan.NOTHING.making("cdc"));
            SlotPolicy.Step step = copied(standby());
            assertThat(plan(step)).isEmpty();
            assertThat(copy(step).orElseThrow().slots()).containsExactly("cdc");
            assertThat(copy(step).orElseThrow().leader().name().value()).isEqualTo("pg2");
        }

        @Test
        void aCopyIsARestartSoItWaitsForAQuietMoment() {
            Scene soon = standby();
            soon.memory = soon.memory.withSlots(copied(standby()).memory());
            soon.now = soon.now.plus(Duration.ofSeconds(29));
            assertThat(copy(copied(soon))).as("not again at once").isEmpty();
            soon.now = soon.now.plus(Duration.ofSeconds(1));
            assertThat(copy(copied(soon))).isPresent();
            Scene paused = standby();
            paused.pause = HaSettings.Maintenance.PAUSED;
            assertThat(copy(copied(paused))).isEmpty();
            Scene leaderless = standby();
            leaderless.members.remove("pg2");
            assertThat(copy(copied(leaderless))).isEmpty();
            Scene unpublished = wants(standby(), COPIED);
            assertThat(copy(onStandby(unpublished))).as("the leader has none yet").isEmpty();
        }

        @Test
        void aCopyFollowsAndIsVerifiedUntilItIsSafe() {
            SlotPolicy.Step step = copied(standby(), logical("cdc", 900, Trait.MANAGED));
            assertThat(Plan.of(step)).isEqualTo(Plan.NOTHING.moving("cdc 950"));
            SlotPlan.Verification verification = plan(step).flatMap(SlotPlan::verify).orElseThrow();
            assertThat(verification.path()).isEqualTo("pg1");
            assertThat(verification.slots()).containsExactly("cdc");
            assertThat(copied(standby(), logical("cdc", 950, Trait.MANAGED, Trait.SAFE)).commands())
                    .isEmpty();
        }

        @Test
        void throughACascadeTheLeaderHearsTheMemberInBetween() {
            Scene scene = standby();
            scene.tags = new Tags(Map.of("replicatefrom", "pg3"));
            SlotPolicy.Step step = copied(scene, logical("cdc", 900, Trait.MANAGED));
            assertThat(plan(step).flatMap(SlotPlan::verify).orElseThrow().path()).isEqualTo("pg3");
            tag(scene, "pg3", "nostream", true);
            assertThat(copy(copied(scene))).as("no way for what it needs").isEmpty();
        }

        @Test
        void withoutAStreamPhysicalOnesOnly() {
            Scene scene = standby();
            scene.tags = new Tags(Map.of("nostream", true));
            assertThat(copy(copied(scene))).isEmpty();
            assertThat(
                            Plan.of(
                                    onStandby(
                                            wants(scene, PHYSICAL),
                                            ours("pg2", 975),
                                            ours("pg3", 960))))
                    .isEqualTo(Plan.NOTHING.making("cdc"));
        }

        @Test
        void aUselessCopyIsDroppedBeforeItIsCopiedAgain() {
            SlotPolicy.Step step =
                    copied(standby(), logical("cdc", 900, Trait.MANAGED, Trait.WAL_LOST));
            assertThat(Plan.of(step)).isEqualTo(Plan.NOTHING.dropping("cdc"));
            assertThat(copy(step)).isEmpty();
        }

        @Test
        void theServerBringsThemSince17() {
            Scene scene = wants(standby(), CARRIED);
            scene.publishedSlots =
                    Map.of("cdc", new Lsn(950), "pg2", new Lsn(900), "pg3", new Lsn(900));
            SlotFacts[] others = {ours("pg2", 975), ours("pg3", 960)};
            assertThat(onStandby(scene, 170002, others).commands()).isEmpty();
            assertThat(copy(onStandby(scene, 160002, others))).isPresent();
            assertThat(
                            onStandby(
                                            scene,
                                            170002,
                                            others[0],
                                            others[1],
                                            logical("cdc", 940, Trait.FAILOVER, Trait.SYNCED))
                                    .commands())
                    .isEmpty();
            SlotPlan plan =
                    plan(onLeader(
                                    wants(leader(), CARRIED),
                                    170002,
                                    streamed("pg2"),
                                    logical("cdc", 940, Trait.MANAGED)))
                            .orElseThrow();
            assertThat(plan.carry()).containsExactly("cdc");
        }

        /// PostgreSQL refuses both, in each cycle anew.
        @Test
        void whatTheServerHasBroughtIsNeitherMovedNorDroppedBehindAnotherStandby() {
            Scene scene = wants(standby(), CARRIED);
            scene.tags = new Tags(Map.of("replicatefrom", "pg3"));
            scene.publishedSlots =
                    Map.of("cdc", new Lsn(950), "pg2", new Lsn(900), "pg3", new Lsn(900));
            SlotFacts[] slots = {
                ours("pg2", 975),
                ours("pg3", 960),
                logical("cdc", 900, Trait.FAILOVER, Trait.SYNCED, Trait.WAL_LOST, Trait.MANAGED)
            };
            SlotPolicy.Step step = onStandby(scene, 170002, slots);
            assertThat(plan(step)).isEmpty();
            assertThat(copy(step)).isEmpty();
            assertThat(step.commands()).containsExactly(new Command.MentionSlots(List.of("cdc")));
            scene.memory = scene.memory.withSlots(step.memory());
            assertThat(onStandby(scene, 170002, slots).commands()).as("once").isEmpty();
        }

        @Test
        void aFormerPrimarysOwnCopyGoesOnlyWhereTheLeaderHasTheSlot() {
            SlotFacts own = logical("cdc", 940, Trait.FAILOVER, Trait.MANAGED);
            SlotFacts[] slots = {ours("pg2", 975), ours("pg3", 960), own};
            Scene scene = wants(standby(), CARRIED);
            assertThat(plan(onStandby(scene, 170002, slots))).as("not published").isEmpty();
            scene.publishedSlots =
                    Map.of("cdc", new Lsn(950), "pg2", new Lsn(900), "pg3", new Lsn(900));
            assertThat(Plan.of(onStandby(scene, 170002, slots)))
                    .isEqualTo(Plan.NOTHING.dropping("cdc"));
            slots[2] = logical("cdc", 940, Trait.FAILOVER);
            assertThat(plan(onStandby(scene, 170002, slots))).as("somebody else's").isEmpty();
        }
    }

    @Test
    void aFollowerForgetsWhomItSawAsLeader() {
        Scene scene = standby();
        scene.memory =
                scene.memory.withSlots(
                        new SlotMemory(
                                Map.of("pg3", new MonoTime(1)), new TreeSet<>(), Optional.empty()));
        assertThat(onStandby(scene).memory().seen()).isEmpty();
    }
}

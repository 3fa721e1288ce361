package io.toomai.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.route.Picture.Leadership;
import io.toomai.proxy.route.Place.Condition;
import io.toomai.proxy.route.RouteRules.Balance;
import io.toomai.proxy.route.RouteRules.Fallback;
import io.toomai.proxy.route.RoutingTable.Taking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingTableTest {
    private static final long SECOND = 1_000_000_000L;

    private final Map<MemberName, Integer> connections = new HashMap<>();
    private RoutingTable table = new RoutingTable(RouteRules.USUAL);

    private static Place place(String name, long lag, Map<String, Object> tags) {
        return new Place(
                new MemberName(name),
                name + ".example",
                5432,
                Condition.RUNNING,
                new Timeline(1),
                OptionalLong.of(lag),
                new Tags(tags));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65_536})
    void aPortThatCannotBeOneIsNoPlace(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Place(
                                new MemberName("a"),
                                "a.example",
                                port,
                                Condition.RUNNING,
                                new Timeline(1),
                                OptionalLong.of(0),
                                new Tags(Map.of())))
                .withMessageContaining(String.valueOf(port));
    }

    private static Place place(String name) {
        return place(name, 0, Map.of());
    }

    private static Picture picture(long term, int timeline, String primary, Place... places) {
        return new Picture(
                new Epoch(term, new Timeline(timeline)),
                primary.isEmpty() ? Leadership.VACANT : Leadership.HELD,
                Optional.of(primary).filter(name -> !name.isEmpty()).map(MemberName::new),
                List.of(places));
    }

    private static Picture three(long term, int timeline, String primary) {
        return picture(term, timeline, primary, place("a"), place("b"), place("c"));
    }

    private static RouteRules rules(Balance balance, Fallback fallback, Duration slowStart) {
        return new RouteRules(OptionalLong.of(1000), Map.of(), fallback, balance, slowStart);
    }

    private Optional<String> chosen(Route route) {
        return chosen(route, 0);
    }

    private Optional<String> chosen(Route route, long now) {
        return table.choose(route, name -> connections.getOrDefault(name, 0), now)
                .map(place -> place.name().value());
    }

    private Keeping keeping(Route route, String name) {
        return table.keeping(route, new MemberName(name));
    }

    @Test
    void writesGoToThePrimaryAndReadsToReplicas() {
        table.take(three(1, 1, "a"), 0);
        connections.put(new MemberName("b"), 3);
        assertThat(chosen(Route.WRITE)).contains("a");
        assertThat(chosen(Route.READ)).contains("c");
        assertThat(chosen(Route.PREFER_READ)).contains("c");
        assertThat(chosen(Route.ANY)).contains("a");
    }

    @Test
    void nobodyIsChosenBeforeAnythingIsKnown() {
        for (Route route : Route.values()) {
            assertThat(chosen(route)).isEmpty();
        }
    }

    @Test
    void readersMayBeLedToThePrimaryOnlyWhereNoReplicaIsFit() {
        table.take(three(1, 1, "a"), 0);
        assertThat(Route.values())
                .filteredOn(table::mayLeadToPrimary)
                .containsExactly(Route.WRITE, Route.ANY);
        table.order(new MemberName("b"), Duty.DRAIN, 0);
        table.order(new MemberName("c"), Duty.DRAIN, 0);
        assertThat(Route.values()).allMatch(table::mayLeadToPrimary);
        table.rules(rules(Balance.LEAST_CONNECTIONS, Fallback.NONE, Duration.ZERO), 0);
        assertThat(Route.values())
                .filteredOn(route -> !table.mayLeadToPrimary(route))
                .containsExactly(Route.READ);
    }

    /// Who steps down is it until somebody else is; where nobody is known to be, whoever is asked
    /// for.
    @Test
    void whoHasJustStoppedBeingPrimaryMayBeItStill() {
        MemberName a = new MemberName("a");
        MemberName b = new MemberName("b");
        assertThat(List.of(a, b)).allMatch(table::mayBePrimary);
        table.take(three(1, 1, "a"), 0);
        assertThat(List.of(a, b)).filteredOn(table::mayBePrimary).containsExactly(a);
        table.take(three(1, 1, ""), 0);
        assertThat(List.of(a, b)).filteredOn(table::mayBePrimary).containsExactly(a);
        table.take(three(2, 2, "b"), 0);
        assertThat(List.of(a, b)).filteredOn(table::mayBePrimary).containsExactly(b);
    }

    /// What is shown as the reason is what decides: somebody is chosen exactly where somebody has
    /// no obstacle, and then one of these.
    @Test
    void whoHasNoObstacleIsWhoIsChosen() {
        for (long seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            table = new RoutingTable(anyRules(random));
            List<Place> places =
                    List.of("a", "b", "c").stream().map(name -> any(name, random)).toList();
            String primary = random.nextInt(4) == 0 ? "" : "a";
            table.take(picture(1, 2, primary, places.toArray(new Place[0])), 0);
            for (Place place : places) {
                int dice = random.nextInt(10);
                table.order(place.name(), List.of(Duty.values()).get(dice < 3 ? dice : 0), 0);
            }
            for (Route route : Route.values()) {
                List<String> free =
                        places.stream()
                                .filter(place -> table.obstacle(route, place).isEmpty())
                                .map(place -> place.name().value())
                                .toList();
                Optional<String> chosen = chosen(route);
                String as = "seed " + seed + " " + route;
                assertThat(chosen.isPresent()).as(as).isEqualTo(!free.isEmpty());
                chosen.ifPresent(name -> assertThat(free).as(as).contains(name));
            }
        }
    }

    private static RouteRules anyRules(Random random) {
        return new RouteRules(
                random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(1000),
                random.nextBoolean() ? Map.of() : Map.of("zone", "x"),
                List.of(Fallback.values()).get(random.nextInt(2)),
                List.of(Balance.values()).get(random.nextInt(2)),
                Duration.ZERO);
    }

    private static Place any(String name, Random random) {
        Map<String, Object> tags = new HashMap<>();
        if (random.nextInt(3) == 0) {
            tags.put("proxy_backup", true);
        }
        if (random.nextInt(6) == 0) {
            tags.put("noloadbalance", true);
        }
        if (random.nextInt(6) == 0) {
            tags.put("proxy_weight", 0);
        }
        if (random.nextInt(3) > 0) {
            tags.put("zone", "x");
        }
        return new Place(
                new MemberName(name),
                name + ".example",
                5432,
                random.nextInt(5) == 0 ? Condition.AWAY : Condition.RUNNING,
                new Timeline(random.nextInt(5) == 0 ? 1 : 2),
                random.nextInt(5) == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(random.nextInt(4) == 0 ? 5000 : 10),
                new Tags(tags));
    }

    @Test
    void aLatePictureRevivesNobody() {
        assertThat(table.take(three(7, 3, "b"), 0)).isEqualTo(Taking.CHANGED);
        assertThat(table.take(three(6, 2, "a"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(6, 9, "a"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(7, 2, "b"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    @Test
    void anEpochHasOnePrimary() {
        table.take(three(Epoch.NO_TERM, 3, "b"), 0);
        assertThat(table.take(three(Epoch.NO_TERM, 3, "a"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(Epoch.NO_TERM, 3, ""), 0)).isEqualTo(Taking.CHANGED);
        assertThat(table.take(three(Epoch.NO_TERM, 3, "a"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(Epoch.NO_TERM, 3, "b"), 0)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    @Test
    void aTermThatWasGivenUpIsOver() {
        table.take(three(7, 3, "b"), 0);
        table.take(three(7, 3, ""), 0);
        assertThat(table.take(three(7, 3, "b"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(chosen(Route.WRITE)).isEmpty();
        assertThat(table.take(three(8, 3, "b"), 0)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    /// The holder's own key is not seen for a moment, or it leads a standby cluster that is
    /// promoted later. Where vacancy is a judgement that the next renewal refutes (Kubernetes).
    @Test
    void aHolderThatAloneIsToldOfForLongLeadsAgain() {
        table.take(three(1, 1, "a"), 0);
        table.take(three(1, 1, ""), SECOND);
        assertThat(table.take(three(1, 1, "a"), SECOND)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(1, 1, "b"), SECOND)).isEqualTo(Taking.TOO_OLD);
        for (long at = 2; at < 12; at++) {
            assertThat(table.take(three(1, 1, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
        }
        assertThat(table.take(three(1, 1, "a"), 12 * SECOND)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("a");
    }

    @Test
    void aHolderThatOthersDenyMeanwhileDoesNotLeadAgain() {
        table.take(three(1, 1, "a"), 0);
        for (long at = 1; at < 100; at++) {
            assertThat(table.take(three(1, 1, ""), at * SECOND)).isNotEqualTo(Taking.TOO_OLD);
            assertThat(table.take(three(1, 1, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
        }
        table.take(three(2, 2, "b"), 100 * SECOND);
        for (long at = 101; at < 200; at++) {
            assertThat(table.take(three(1, 1, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
        }
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    @Test
    void aHolderThatAllStillTellOfLeadsAgain() {
        Picture leads = three(1, 1, "a");
        table.take(leads, 0);
        table.take(three(1, 1, ""), SECOND);
        assertThat(table.take(leads, SECOND)).isEqualTo(Taking.TOO_OLD);
        for (long at = 2; at < 11; at++) {
            assertThat(table.isInsistedOn(leads, at * SECOND)).isFalse();
        }
        assertThat(table.isInsistedOn(leads, 11 * SECOND)).isTrue();
        assertThat(table.take(leads, 11 * SECOND)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("a");
    }

    /// One that has stood still tells on what it saw; nobody believes it while others answer.
    @Test
    void aHolderThatOthersStillDenyDoesNotLeadAgain() {
        Picture leads = three(1, 1, "a");
        Picture vacant = three(1, 1, "");
        table.take(leads, 0);
        table.take(vacant, SECOND);
        for (long at = 1; at < 100; at++) {
            assertThat(table.isInsistedOn(leads, at * SECOND)).isFalse();
            assertThat(table.isInsistedOn(vacant, at * SECOND)).isFalse();
        }
        Picture other = three(2, 2, "b");
        table.take(other, 100 * SECOND);
        for (long at = 101; at < 200; at++) {
            assertThat(table.isInsistedOn(leads, at * SECOND)).isFalse();
            assertThat(table.isInsistedOn(other, at * SECOND)).isFalse();
        }
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    /// A store that was restored, or made anew, counts its terms from the beginning.
    @Test
    void whoLedLastLeadsAlsoInAStoreThatCountsAnew() {
        table.take(three(900, 7, "a"), 0);
        for (long at = 1; at < 11; at++) {
            assertThat(table.take(three(1, 7, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
        }
        assertThat(table.take(three(1, 7, "a"), 11 * SECOND)).isEqualTo(Taking.CHANGED);
        assertThat(table.take(three(2, 8, "b"), 12 * SECOND)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("b");
        for (long at = 13; at < 99; at++) {
            assertThat(table.take(three(1, 7, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
        }
    }

    /// One that is told the truth now and then does not believe a stale source beside it.
    @Test
    void whatIsToldBesideNewerPicturesStaysOld() {
        table.take(three(3, 3, "a"), 0);
        for (long at = 1; at < 99; at++) {
            assertThat(table.take(three(1, 1, "a"), at * SECOND)).isEqualTo(Taking.TOO_OLD);
            assertThat(table.take(three(3, 3, "a"), at * SECOND)).isEqualTo(Taking.THE_SAME);
        }
        assertThat(table.picture().epoch().term()).isEqualTo(3);
    }

    @Test
    void aTermThatIsHeldIsNotOverWithoutAPrimary() {
        table.take(three(6, 2, "a"), 0);
        Picture held =
                new Picture(
                        new Epoch(7, Timeline.UNKNOWN),
                        Leadership.HELD,
                        Optional.empty(),
                        List.of(place("a"), place("b")));
        assertThat(table.take(held, 0)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).isEmpty();
        assertThat(table.take(three(6, 2, "a"), 0)).isEqualTo(Taking.TOO_OLD);
        assertThat(table.take(three(7, 3, "b"), 0)).isEqualTo(Taking.CHANGED);
        assertThat(chosen(Route.WRITE)).contains("b");
    }

    @Test
    void aPictureWithoutTheLeadersTimelineIsNotOlder() {
        table.take(three(7, 3, "b"), 0);
        assertThat(table.take(three(7, 0, ""), 0)).isEqualTo(Taking.CHANGED);
        assertThat(table.picture().epoch()).isEqualTo(new Epoch(7, new Timeline(3)));
    }

    /// The life of a cluster, told in any order, some of it twice: who was told of in the newest
    /// picture so far is where writes go, and nobody of a term before.
    @Test
    void inWhateverOrderPicturesComeNobodyIsRevived() {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed); // style: seeded
            List<Picture> told = new ArrayList<>();
            for (int term = 1; term <= 6; term++) {
                String primary = List.of("a", "b", "c").get(random.nextInt(3));
                told.add(three(term, term, primary));
                if (random.nextInt(3) == 0) {
                    told.add(three(term, term, ""));
                }
            }
            told.addAll(List.copyOf(told));
            Collections.shuffle(told, random);
            table = new RoutingTable(RouteRules.USUAL);
            Map<Long, Boolean> over = new HashMap<>();
            long newest = 0;
            for (Picture next : told) {
                long term = next.epoch().term();
                newest = Math.max(newest, term);
                table.take(next, 0);
                if (next.primary().isEmpty()) {
                    over.put(term, true);
                }
                assertThat(table.picture().epoch().term()).as("seed %d", seed).isEqualTo(newest);
                if (over.containsKey(newest)) {
                    assertThat(chosen(Route.WRITE)).as("seed %d", seed).isEmpty();
                }
            }
        }
    }

    @Test
    void aConnectionToADeposedPrimaryIsCut() {
        table.take(three(1, 1, "a"), 0);
        assertThat(keeping(Route.WRITE, "a")).isEqualTo(Keeping.STAYS);
        table.take(three(1, 1, ""), 0);
        assertThat(keeping(Route.WRITE, "a")).isEqualTo(Keeping.GOES_WHEN_FREE);
        table.take(three(2, 1, "b"), 0);
        assertThat(keeping(Route.WRITE, "a")).isEqualTo(Keeping.IS_CUT);
        assertThat(keeping(Route.READ, "a")).isEqualTo(Keeping.STAYS);
        assertThat(keeping(Route.READ, "b")).isEqualTo(Keeping.GOES_WHEN_FREE);
    }

    @Test
    void lagTagsAndStateDecideWhoIsRead() {
        table.rules(rules(Balance.LEAST_CONNECTIONS, Fallback.NONE, Duration.ZERO), 0);
        table.take(
                picture(
                        1,
                        1,
                        "a",
                        place("a"),
                        place("b", 1001, Map.of()),
                        place("c", 0, Map.of("noloadbalance", true)),
                        place("d", 0, Map.of("proxy_weight", 0L))),
                0);
        assertThat(chosen(Route.READ)).isEmpty();
        assertThat(chosen(Route.PREFER_READ)).contains("a");
        table.take(
                picture(
                        1,
                        1,
                        "a",
                        place("a"),
                        place("b", 1000, Map.of()),
                        place("c", 1001, Map.of())),
                0);
        assertThat(chosen(Route.READ)).contains("b");
        assertThat(keeping(Route.READ, "c")).isEqualTo(Keeping.GOES_WHEN_FREE);
    }

    @Test
    void withALagLimitAnotherTimelineIsNotNear() {
        table.rules(rules(Balance.LEAST_CONNECTIONS, Fallback.NONE, Duration.ZERO), 0);
        table.take(picture(2, 2, "a", place("a"), place("b")), 0);
        assertThat(chosen(Route.READ)).isEmpty();
    }

    @Test
    void tagsThatAreWantedMustBeThere() {
        table.rules(
                new RouteRules(
                        OptionalLong.empty(),
                        Map.of("zone", "west", "fast", "true"),
                        Fallback.NONE,
                        Balance.LEAST_CONNECTIONS,
                        Duration.ZERO),
                0);
        table.take(
                picture(
                        1,
                        1,
                        "a",
                        place("a"),
                        place("b", 0, Map.of("zone", "west")),
                        place("c", 0, Map.of("zone", "west", "fast", true))),
                0);
        assertThat(chosen(Route.READ)).contains("c");
    }

    @ParameterizedTest
    @EnumSource(Fallback.class)
    void withoutAReplicaThePrimaryIsReadWhereThatIsAllowed(Fallback fallback) {
        table.rules(rules(Balance.LEAST_CONNECTIONS, fallback, Duration.ZERO), 0);
        table.take(picture(1, 1, "a", place("a")), 0);
        boolean allowed = fallback == Fallback.PRIMARY;
        assertThat(chosen(Route.READ).isPresent()).isEqualTo(allowed);
        assertThat(table.allows(Route.READ, Claim.PRIMARY)).isEqualTo(allowed);
        assertThat(keeping(Route.READ, "a") == Keeping.STAYS).isEqualTo(allowed);
        assertThat(table.allows(Route.WRITE, Claim.STANDBY)).isFalse();
    }

    @Test
    void backupsAreReadOnlyWhereNobodyElseIs() {
        Place backup = place("c", 0, Map.of("proxy_backup", true));
        table.take(picture(1, 1, "a", place("a"), place("b"), backup), 0);
        connections.put(new MemberName("b"), 50);
        assertThat(chosen(Route.READ)).contains("b");
        table.take(picture(1, 1, "a", place("a"), backup), 0);
        assertThat(chosen(Route.READ)).contains("c");
        table.take(picture(1, 1, "a", place("a"), place("b"), backup), 0);
        assertThat(keeping(Route.READ, "c")).isEqualTo(Keeping.GOES_WHEN_FREE);
    }

    @Test
    void turnsFollowTheWeights() {
        table.rules(rules(Balance.ROUND_ROBIN, Fallback.NONE, Duration.ZERO), 0);
        table.take(
                picture(
                        1,
                        1,
                        "a",
                        place("a"),
                        place("b", 0, Map.of("proxy_weight", 200L)),
                        place("c")),
                0);
        List<String> turns = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            turns.add(chosen(Route.READ).orElseThrow());
        }
        assertThat(turns).containsExactly("b", "c", "b", "b", "c", "b");
    }

    @Test
    void connectionsFollowTheWeights() {
        table.take(
                picture(
                        1,
                        1,
                        "a",
                        place("a"),
                        place("b", 0, Map.of("proxy_weight", 300L)),
                        place("c")),
                0);
        for (int i = 0; i < 40; i++) {
            connections.merge(new MemberName(chosen(Route.READ).orElseThrow()), 1, Integer::sum);
        }
        assertThat(connections.get(new MemberName("b"))).isEqualTo(30);
    }

    @Test
    void aNewReplicaBeginsWithASmallShare() {
        table.rules(rules(Balance.LEAST_CONNECTIONS, Fallback.NONE, Duration.ofSeconds(10)), 0);
        table.take(picture(1, 1, "a", place("a"), place("b")), 0);
        table.take(three(1, 1, "a"), 100 * SECOND);
        connections.put(new MemberName("b"), 5);
        assertThat(chosen(Route.READ, 100 * SECOND)).contains("b");
        assertThat(chosen(Route.READ, 105 * SECOND)).contains("c");
    }

    @Test
    void anOperatorTakesMembersOut() {
        table.take(three(1, 1, "a"), 0);
        table.order(new MemberName("b"), Duty.DRAIN, 0);
        table.order(new MemberName("c"), Duty.MAINTENANCE, 0);
        assertThat(keeping(Route.READ, "b")).isEqualTo(Keeping.GOES_WHEN_FREE);
        assertThat(keeping(Route.READ, "c")).isEqualTo(Keeping.IS_CUT);
        assertThat(chosen(Route.READ)).contains("a");
        table.order(new MemberName("b"), Duty.READY, 0);
        assertThat(chosen(Route.READ)).contains("b");
        table.order(new MemberName("a"), Duty.DRAIN, 0);
        assertThat(chosen(Route.WRITE)).isEmpty();
        assertThat(keeping(Route.WRITE, "a")).isEqualTo(Keeping.GOES_WHEN_FREE);
    }

    @Test
    void libpqsWordsAreKnown() {
        assertThat(Route.of("read-write")).contains(Route.WRITE);
        assertThat(Route.of("primary")).contains(Route.WRITE);
        assertThat(Route.of("read-only")).contains(Route.READ);
        assertThat(Route.of("standby")).contains(Route.READ);
        assertThat(Route.of("prefer-standby")).contains(Route.PREFER_READ);
        assertThat(Route.of("any")).contains(Route.ANY);
        assertThat(Route.of("READ")).isEmpty();
        for (String word : Route.WORDS) {
            assertThat(Route.of(word)).isPresent();
        }
    }
}

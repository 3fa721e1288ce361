package io.toomai.core.citus;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.citus.NodeCall.Add;
import io.toomai.core.citus.NodeCall.Remove;
import io.toomai.core.citus.NodeCall.SetCoordinator;
import io.toomai.core.citus.NodeCall.Update;
import io.toomai.core.citus.NodeRow.Role;
import io.toomai.core.citus.WantedGroup.Traffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NodePolicyTest {
    private static final int GROUP = 2;

    private static NodeAddress at(String host) {
        return new NodeAddress(host, 5432);
    }

    private static NodeRow primary(String host) {
        return new NodeRow(4, GROUP, at(host), Role.PRIMARY);
    }

    private static NodeRow secondary(int id, String host) {
        return new NodeRow(id, GROUP, at(host), Role.SECONDARY);
    }

    private static WantedGroup wanted(Traffic traffic, String primary, String... secondaries) {
        return new WantedGroup(
                GROUP,
                at(primary),
                traffic,
                Stream.of(secondaries).map(NodePolicyTest::at).toList());
    }

    private static WantedGroup flowing(String primary, String... secondaries) {
        return wanted(Traffic.FLOWS, primary, secondaries);
    }

    @Test
    void aNewGroupIsAdded() {
        assertThat(NodePolicy.calls(List.of(), flowing("n1", "n2")))
                .containsExactly(
                        new Add(GROUP, at("n1"), Role.PRIMARY),
                        new Add(GROUP, at("n2"), Role.SECONDARY));
        assertThat(
                        NodePolicy.calls(
                                List.of(),
                                new WantedGroup(0, at("c1"), Traffic.FLOWS, List.of(at("c2")))))
                .containsExactly(
                        new SetCoordinator(at("c1")), new Add(0, at("c2"), Role.SECONDARY));
    }

    @Test
    void nobodyWaitsForAGroupThatIsNotKnown() {
        assertThat(NodePolicy.calls(List.of(), wanted(Traffic.WAITS, "n1"))).isEmpty();
    }

    @Test
    void whatIsRightStays() {
        List<NodeRow> rows = List.of(primary("n1"), secondary(5, "n2"));
        assertThat(NodePolicy.calls(rows, flowing("n1", "n2"))).isEmpty();
    }

    @Test
    void secondariesAreReplacedAddedAndRemoved() {
        List<NodeRow> rows = List.of(primary("n1"), secondary(5, "n2"), secondary(6, "n3"));
        assertThat(NodePolicy.calls(rows, flowing("n1", "n3", "n4")))
                .containsExactly(new Update(5, at("n4")));
        assertThat(NodePolicy.calls(rows, flowing("n1", "n3")))
                .containsExactly(new Remove(at("n2")));
        assertThat(NodePolicy.calls(rows, flowing("n1", "n2", "n3", "n4")))
                .containsExactly(new Add(GROUP, at("n4"), Role.SECONDARY));
    }

    @Test
    void aSwitchoverHoldsTrafficAndThenChangesPlaces() {
        List<NodeRow> before = List.of(primary("n1"), secondary(5, "n2"));
        assertThat(NodePolicy.calls(before, wanted(Traffic.WAITS, "n1", "n2")))
                .containsExactly(new Update(4, at("n1-demoted")));

        List<NodeRow> held = List.of(primary("n1-demoted"), secondary(5, "n2"));
        assertThat(NodePolicy.calls(held, flowing("n2", "n1")))
                .containsExactly(new Update(5, at("n1")), new Update(4, at("n2")));
        assertThat(NodePolicy.calls(held, flowing("n1", "n2")))
                .as("a restart")
                .containsExactly(new Update(4, at("n1")));
    }

    @Test
    void aFailoverChangesPlacesThoughTheFormerPrimaryIsGone() {
        List<NodeRow> rows = List.of(primary("n1"), secondary(5, "n2"));
        assertThat(NodePolicy.calls(rows, flowing("n2")))
                .containsExactly(
                        new Update(4, at("n1-demoted")),
                        new Update(5, at("n1")),
                        new Update(4, at("n2")));
        List<NodeRow> after = List.of(primary("n2"), secondary(5, "n1"));
        assertThat(NodePolicy.calls(after, flowing("n2"))).containsExactly(new Remove(at("n1")));
    }

    @Test
    void aFailoverToANodeThatWasNotRegistered() {
        assertThat(NodePolicy.calls(List.of(primary("n1"), secondary(5, "n3")), flowing("n2")))
                .as("nothing is removed while the primary changes")
                .containsExactly(new Update(4, at("n2")));
        assertThat(NodePolicy.calls(List.of(primary("n1")), flowing("n2", "n1")))
                .as("nothing is added either")
                .containsExactly(new Update(4, at("n2")));
    }

    static Stream<Integer> seeds() {
        return IntStream.range(0, 2000).boxed();
    }

    /// Any rows, any wish: never two rows with one address, the primary keeps its row, nothing is
    /// added or removed while it changes, and two looks make it right.
    @ParameterizedTest
    @MethodSource("seeds")
    void anyStateBecomesTheWantedOne(int seed) {
        Random random = new Random(seed);
        Table table = new Table(random);
        WantedGroup wish = table.wish();
        for (int look = 0; look < 2; look++) {
            table.apply(NodePolicy.calls(table.rows, wish), wish);
        }
        assertThat(NodePolicy.calls(table.rows, wish)).as("%s for %s", table.rows, wish).isEmpty();
        assertThat(table.rows.stream().filter(r -> r.role() == Role.PRIMARY))
                .extracting(NodeRow::address)
                .containsExactly(wish.primary());
        assertThat(table.rows.stream().filter(r -> r.role() == Role.SECONDARY))
                .extracting(NodeRow::address)
                .containsExactlyInAnyOrderElementsOf(wish.secondaries());
    }

    /// `pg_dist_node` with its rules.
    private static final class Table {
        private final Random random;
        private final List<NodeRow> rows = new ArrayList<>();
        private int nextId = 4;

        Table(Random random) {
            this.random = random;
            List<NodeAddress> known = some(6);
            for (NodeAddress address : known) {
                Role role = rows.isEmpty() ? Role.PRIMARY : Role.SECONDARY;
                boolean held = role == Role.PRIMARY && random.nextInt(3) == 0;
                rows.add(
                        new NodeRow(nextId++, GROUP, held ? address.unreachable() : address, role));
            }
        }

        private List<NodeAddress> some(int most) {
            return IntStream.range(0, random.nextInt(most + 1))
                    .mapToObj(_ -> at("n" + random.nextInt(7)))
                    .distinct()
                    .toList();
        }

        WantedGroup wish() {
            return new WantedGroup(GROUP, at("n" + random.nextInt(7)), Traffic.FLOWS, some(5));
        }

        void apply(List<NodeCall> calls, WantedGroup wish) {
            boolean changing =
                    rows.stream()
                            .anyMatch(r ->
                                    r.role() == Role.PRIMARY
                                            && !r.address().equals(wish.primary()));
            for (NodeCall call : calls) {
                switch (call) {
                    case SetCoordinator _ -> throw new AssertionError("not the coordinator");
                    case Add(int group, NodeAddress address, Role role) -> {
                        assertThat(changing).isFalse();
                        rows.add(new NodeRow(nextId++, group, address, role));
                    }
                    case Remove(NodeAddress address) -> {
                        assertThat(changing).isFalse();
                        assertThat(rows.removeIf(r -> r.address().equals(address))).isTrue();
                    }
                    case Update(int id, NodeAddress address) ->
                            rows.replaceAll(r ->
                                    r.id() == id ? new NodeRow(id, GROUP, address, r.role()) : r);
                }
                assertThat(rows).extracting(NodeRow::address).doesNotHaveDuplicates();
            }
        }
    }
}

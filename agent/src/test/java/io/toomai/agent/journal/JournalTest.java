package io.toomai.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.loop.Outcome;
import io.toomai.agent.loop.Views;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.Rule;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.Lsn;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes into the journal's file and its sentences: all that an operator would look for, and
/// not what happens in every cycle.
class JournalTest {
    private static final SlotPlan.Move MOVE =
            new SlotPlan.Move("pg2", Optional.empty(), new Lsn(4711));
    private static final SlotPlan.Creation CREATION =
            new SlotPlan.Creation("pg3", new PermanentSlot.Physical());
    private static final HaView VIEW = Views.leaderWith(Views.primary());

    @TempDir Path directory;

    private static Command slots(
            List<String> drop,
            List<SlotPlan.Creation> create,
            List<String> carry,
            List<SlotPlan.Move> advance) {
        return new Command.EnsureSlots(
                new SlotPlan(
                        SlotPlan.Side.PRIMARY,
                        drop,
                        create,
                        carry,
                        advance,
                        new TreeSet<>(List.of("pg2", "pg3")),
                        Optional.empty()));
    }

    private static final Command FOLLOWS = slots(List.of(), List.of(), List.of(), List.of(MOVE));

    private static Decision decision(String reason, Command... commands) {
        return new Decision(
                Rule.LEADER_CONTINUES, reason, List.of(commands), HaMemory.EMPTY, Optional.empty());
    }

    private static void record(Journal journal, Decision decision) {
        journal.record(
                VIEW,
                decision,
                decision.commands().stream().<Outcome>map(Outcome.Done::new).toList());
    }

    /// The numbers of the cycles whose views are in the file, once this one is.
    private List<Long> cyclesOnceThereIs(long last) {
        List<Long> cycles = new ArrayList<>();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    cycles.clear();
                    cycles.addAll(cycles());
                    assertThat(cycles).contains(last);
                });
        return cycles;
    }

    /// A line without its end is being written: it comes later.
    private List<Long> cycles() throws IOException {
        Path file = directory.resolve("views.jsonl");
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> Json.parse(line).longAt("cycle").orElseThrow())
                .toList();
    }

    @Test
    void slotsThatFollowTheirClientsAreNoNews() {
        try (Journal journal = new Journal(directory, 100)) {
            record(journal, decision("I lead"));
            record(journal, decision("I lead", FOLLOWS));
            record(journal, decision("I lead", FOLLOWS));
            record(journal, decision("I lead differently"));

            assertThat(cyclesOnceThereIs(4)).containsExactly(1L, 4L);
            assertThat(journal.recent(10))
                    .hasSize(4)
                    .noneMatch(line -> line.contains("EnsureSlots"));
        }
    }

    /// Why an agent has ended is told by its last view.
    @Test
    void whatWaitsIsWrittenWhenTheAgentEnds() throws IOException {
        try (Journal journal = new Journal(directory, 100)) {
            record(journal, decision("I lead"));
            record(journal, decision("I end"));
        }
        assertThat(cycles()).containsExactly(1L, 2L);
    }

    @Test
    void theOlderFileGoesWhenTheNewerIsFull() throws IOException {
        for (int life = 0; life < 3; life++) {
            try (Journal journal = new Journal(directory, 2)) {
                record(journal, decision("I lead"));
                record(journal, decision("I follow"));
                record(journal, decision("I lead again"));
            }
        }
        assertThat(cycles()).containsExactly(3L);
        assertThat(Files.readAllLines(directory.resolve("views.1.jsonl"))).hasSize(2);
    }

    @Test
    void slotsThatAreMadeDroppedOrCarriedAreNews() {
        List<Command> news =
                List.of(
                        slots(List.of("old"), List.of(), List.of(), List.of()),
                        slots(List.of(), List.of(CREATION), List.of(), List.of(MOVE)),
                        slots(List.of(), List.of(), List.of("cdc"), List.of(MOVE)));
        try (Journal journal = new Journal(directory, 100)) {
            record(journal, decision("I lead"));
            news.forEach(command -> record(journal, decision("I lead", command)));

            assertThat(cyclesOnceThereIs(4)).containsExactly(1L, 2L, 3L, 4L);
            assertThat(journal.recent(3)).allMatch(line -> line.contains("commands=EnsureSlots"));
        }
    }

    @Test
    void whateverElseIsDoneBesideIsNews() {
        try (Journal journal = new Journal(directory, 100)) {
            record(journal, decision("I lead", FOLLOWS, new Command.EndOrphans()));

            assertThat(cyclesOnceThereIs(1)).containsExactly(1L);
            assertThat(journal.recent(1).getFirst()).contains("commands=EndOrphans");
        }
    }

    @Test
    void whatWasRefusedIsToldEvenOfSlotsThatFollow() {
        try (Journal journal = new Journal(directory, 100)) {
            Decision decision = decision("I lead", FOLLOWS);
            journal.record(
                    VIEW, decision, List.of(new Outcome.Refused(FOLLOWS, "the lease is over")));

            assertThat(journal.recent(1).getFirst())
                    .contains("EnsureSlots(refused)", "refused: the lease is over");
        }
    }
}

package io.toomai.core.ha;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Status;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.WantedSlots.Wanted;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Replication slots of this node (contract §4.9): which are made, moved, copied and dropped, and
/// what the leader publishes of them. A slot is dropped only while nobody streams from it, outside
/// maintenance mode, and where it was this cluster's (decision 0023).
final class SlotPolicy {
    /// A copied slot that turns out to be useless does not restart a standby over and over.
    private static final Duration BETWEEN_COPIES = Duration.ofSeconds(30);

    /// Citus makes and drops these itself while it moves data.
    private static final Pattern OF_CITUS = Pattern.compile("citus_shard_(move|split)_slot_.*");

    private SlotPolicy() {}

    /// What to do about slots, what to remember, and what the leader publishes.
    record Step(List<Command> commands, SlotMemory memory, Status status) {}

    /// @param postgres a primary, or in a standby cluster a standby of the other one
    static Step ofLeader(HaView view, Answering postgres) {
        SlotRules rules = view.settings().slots();
        if (!rules.areUsed()) {
            return new Step(
                    List.of(), SlotMemory.EMPTY, new Status(postgres.end(), Map.of(), List.of()));
        }
        SortedMap<String, MonoTime> seen = seen(view);
        List<String> retained =
                seen.entrySet().stream()
                        .filter(entry -> isFresh(view, entry.getValue()))
                        .map(entry -> entry.getKey())
                        .toList();
        SortedMap<String, Wanted> wanted = WantedSlots.onLeader(view, retained);
        Draft draft =
                switch (postgres) {
                    case Primary primary ->
                            new Draft(view, primary.server(), primary.flushed(), wanted)
                                    .judge(SlotPlan.Side.PRIMARY);
                    case Standby standby ->
                            new Draft(view, standby.server(), standby.replayed(), wanted)
                                    .judge(SlotPlan.Side.STANDBY);
                };
        return new Step(
                draft.commands(),
                new SlotMemory(seen, draft.strangers, Optional.empty()),
                status(view, postgres, wanted, retained));
    }

    private static boolean isFresh(HaView view, MonoTime seen) {
        return view.now().isBefore(seen.plus(view.settings().slots().memberTtl()));
    }

    /// When the members with these slots were last present. The time of those that an earlier
    /// leader retained begins anew; an expired name is known until the store has forgotten it too.
    private static SortedMap<String, MonoTime> seen(HaView view) {
        TreeMap<String, MonoTime> seen = new TreeMap<>();
        if (!view.settings().slots().areEverywhere()) {
            return seen;
        }
        seen.putAll(view.memory().slots().seen());
        List<String> published = view.cluster().status().retainSlots();
        seen.entrySet()
                .removeIf(e -> !isFresh(view, e.getValue()) && !published.contains(e.getKey()));
        published.forEach(name -> seen.putIfAbsent(name, view.now()));
        for (Member member : WantedSlots.streamingMembers(view)) {
            seen.put(member.name().slotName(), view.now());
        }
        if (!view.node().tags().nostream()) {
            seen.put(view.me().slotName(), view.now());
        }
        view.settings().slots().permanent().forEach(slot -> seen.remove(slot.name()));
        return seen;
    }

    /// Contract §1.5. A standby that was a member of an older Patroni finds its own slot's position
    /// here, and every node those of the slots that nobody streams from there.
    private static Status status(
            HaView view,
            Answering postgres,
            SortedMap<String, Wanted> wanted,
            List<String> retained) {
        SlotRules rules = view.settings().slots();
        TreeMap<String, Lsn> positions = new TreeMap<>();
        for (SlotFacts slot : postgres.server().slots()) {
            Optional<Wanted> known = Optional.ofNullable(wanted.get(slot.name()));
            known.filter(w -> fits(slot, w))
                    .flatMap(w -> w.isPhysical() ? slot.restart() : slot.confirmed())
                    .ifPresent(lsn -> positions.put(slot.name(), lsn));
        }
        positions.put(view.me().slotName(), postgres.end());
        if (!rules.areEverywhere()) {
            positions
                    .keySet()
                    .removeIf(name ->
                            rules.permanent().stream().noneMatch(s -> s.name().equals(name)));
        }
        return new Status(postgres.end(), positions, retained);
    }

    static Step ofStandby(HaView view, Standby standby) {
        SlotRules rules = view.settings().slots();
        if (!rules.areUsed()) {
            return new Step(List.of(), SlotMemory.EMPTY, view.cluster().status());
        }
        SortedMap<String, Wanted> wanted =
                WantedSlots.onStandby(view, standby.server().serverVersion());
        Draft draft =
                new Draft(view, standby.server(), standby.replayed(), wanted)
                        .judge(SlotPlan.Side.STANDBY);
        List<Command> commands = new ArrayList<>(draft.commands());
        Optional<MonoTime> notBefore = view.memory().slots().copyNotBefore();
        Optional<Command.Source> leader = FollowerPolicy.source(view);
        boolean mayRestart =
                !view.settings().isPaused()
                        && view.memory().doubt().isEmpty()
                        && !TakeoverPolicy.isBound(view)
                        && view.cluster()
                                .failover()
                                .filter(f -> f.value().scheduledAt().isEmpty())
                                .isEmpty()
                        && standby.walReceiver() == LocalPostgres.WalReceiver.STREAMING
                        && notBefore.filter(view.now()::isBefore).isEmpty();
        if (mayRestart && leader.isPresent() && !draft.missing.isEmpty()) {
            commands.add(new Command.CopySlots(leader.get(), draft.missing));
            notBefore = Optional.of(view.now().plus(BETWEEN_COPIES));
        }
        return new Step(
                commands,
                new SlotMemory(Map.of(), draft.strangers, notBefore),
                view.cluster().status());
    }

    private static boolean fits(SlotFacts slot, Wanted wanted) {
        return switch (wanted.kind()) {
            case PermanentSlot.Physical _ -> slot.kind() == SlotFacts.Kind.PHYSICAL;
            case PermanentSlot.Logical(var database, var plugin, _) ->
                    slot.decoding().equals(Optional.of(new SlotFacts.Decoding(database, plugin)));
        };
    }

    /// The plan of one node under construction.
    private static final class Draft {
        private final HaView view;
        private final ServerFacts server;
        private final Lsn end;
        private final SortedMap<String, Wanted> wanted;
        private final boolean mayDrop;
        private final List<String> drop = new ArrayList<>();
        private final List<SlotPlan.Creation> create = new ArrayList<>();
        private final List<String> carry = new ArrayList<>();
        private final List<SlotPlan.Move> advance = new ArrayList<>();
        private final List<String> unproven = new ArrayList<>();
        private final TreeSet<String> managed = new TreeSet<>();
        private boolean news;
        private SlotPlan.Side side = SlotPlan.Side.STANDBY;

        /// Logical slots that must be copied from the leader.
        final List<String> missing = new ArrayList<>();

        /// Slots that stay though nobody wants them.
        final TreeSet<String> strangers = new TreeSet<>();

        /// @param end no slot is moved beyond it
        Draft(HaView view, ServerFacts server, Lsn end, SortedMap<String, Wanted> wanted) {
            this.view = view;
            this.server = server;
            this.end = end;
            this.wanted = wanted;
            // Without a configuration nobody knows what is wanted.
            this.mayDrop = !view.settings().isPaused() && view.cluster().config().isPresent();
        }

        Draft judge(SlotPlan.Side now) {
            side = now;
            wanted.forEach((name, want) ->
                    existing(name)
                            .ifPresentOrElse(
                                    slot -> existing(slot, want), () -> missing(name, want)));
            server.slots().stream()
                    .filter(slot -> !wanted.containsKey(slot.name()))
                    .forEach(this::unwanted);
            return this;
        }

        private Optional<SlotFacts> existing(String name) {
            return server.slots().stream().filter(s -> s.name().equals(name)).findFirst();
        }

        private void missing(String name, Wanted want) {
            if (isMadeHere(want)) {
                make(name, want);
            } else if (want.position().isPresent()) {
                missing.add(name);
            }
        }

        private boolean isMadeHere(Wanted want) {
            return want.isPhysical() || side == SlotPlan.Side.PRIMARY;
        }

        private void make(String name, Wanted want) {
            create.add(new SlotPlan.Creation(name, want.kind()));
            managed.add(name);
        }

        /// In the same plan, or copied once the next view shows that it is gone.
        private void makeAnew(String name, Wanted want) {
            if (isMadeHere(want)) {
                make(name, want);
            }
        }

        private void existing(SlotFacts slot, Wanted want) {
            if (!fits(slot, want)) {
                // Made by somebody else under this name: only what was ours is replaced.
                if (slot.has(SlotFacts.Trait.MANAGED) && maybeDrop(slot)) {
                    makeAnew(slot.name(), want);
                } else {
                    strangers.add(slot.name());
                }
                return;
            }
            if (isOnlyTheServers(slot)) {
                strangers.add(slot.name());
                return;
            }
            news |= !slot.has(SlotFacts.Trait.MANAGED);
            managed.add(slot.name());
            if (isUseless(slot, want) && maybeDrop(slot)) {
                makeAnew(slot.name(), want);
                return;
            }
            if (want.kind() instanceof PermanentSlot.Logical logical) {
                logical(slot, logical);
            }
            if (want.use() == WantedSlots.Use.KEPT && slot.isIdle()) {
                move(slot, want);
            }
        }

        /// On a primary the trait only tells where the slot once came from. A standby may have come
        /// to follow another one: PostgreSQL synchronizes nothing from there, and lets nobody else
        /// move or drop what it has synchronized before.
        private boolean isOnlyTheServers(SlotFacts slot) {
            return side == SlotPlan.Side.STANDBY && slot.has(SlotFacts.Trait.SYNCED);
        }

        /// It keeps nothing that its client could use, or rows that nobody needs here.
        private boolean isUseless(SlotFacts slot, Wanted want) {
            boolean keepsRowsForNobody =
                    want.isPhysical()
                            && want.use() == WantedSlots.Use.KEPT
                            && slot.has(SlotFacts.Trait.HOLDS_ROWS)
                            && view.cluster().leaderMember().isPresent();
            boolean empty = want.isPhysical() && slot.restart().isEmpty();
            return slot.has(SlotFacts.Trait.WAL_LOST) || empty || keepsRowsForNobody;
        }

        private void logical(SlotFacts slot, PermanentSlot.Logical logical) {
            if (side == SlotPlan.Side.STANDBY) {
                if (!slot.has(SlotFacts.Trait.SAFE)) {
                    unproven.add(slot.name());
                }
            } else if (WantedSlots.isCarriedByServer(logical, server.serverVersion())
                    && !slot.has(SlotFacts.Trait.FAILOVER)
                    && slot.isIdle()) {
                carry.add(slot.name());
            }
        }

        private void move(SlotFacts slot, Wanted want) {
            Optional<Lsn> now = want.isPhysical() ? slot.restart() : slot.confirmed();
            want.position()
                    .map(position -> end.isBehind(position) ? end : position)
                    .filter(target -> now.filter(at -> at.isBehind(target)).isPresent())
                    .ifPresent(target ->
                            advance.add(
                                    new SlotPlan.Move(
                                            slot.name(),
                                            slot.decoding().map(SlotFacts.Decoding::database),
                                            target)));
        }

        private void unwanted(SlotFacts slot) {
            boolean synced = isOnlyTheServers(slot);
            boolean ofServer =
                    synced || (slot.has(SlotFacts.Trait.FAILOVER) && !isLeftBehind(slot));
            boolean ours =
                    slot.has(SlotFacts.Trait.MANAGED)
                            || (slot.kind() == SlotFacts.Kind.PHYSICAL && isOfMember(slot));
            boolean known = ours && (side == SlotPlan.Side.PRIMARY || !ofServer);
            boolean asPatroni =
                    view.settings().slots().unknown() == SlotRules.Unknown.DROP
                            && !ofServer
                            && !OF_CITUS.matcher(slot.name()).matches();
            if (view.settings().slots().isIgnored(slot)
                    || synced
                    || ((known || asPatroni) && maybeDrop(slot))) {
                return;
            }
            strangers.add(slot.name());
        }

        /// A former primary's own copy of a slot that the server now brings from the new one: while
        /// it is there, the server brings nothing. The leader shows that it has the slot.
        private boolean isLeftBehind(SlotFacts slot) {
            return side == SlotPlan.Side.STANDBY
                    && view.otherLeader().isPresent()
                    && (view.cluster().status().slots().containsKey(slot.name())
                            || view.settings().slots().permanent().stream()
                                    .noneMatch(s -> s.name().equals(slot.name())));
        }

        private boolean isOfMember(SlotFacts slot) {
            return view.cluster().members().stream()
                    .map(Member::name)
                    .map(MemberName::slotName)
                    .anyMatch(slot.name()::equals);
        }

        private boolean maybeDrop(SlotFacts slot) {
            boolean may = mayDrop && slot.isIdle();
            if (may) {
                drop.add(slot.name());
            }
            return may;
        }

        List<Command> commands() {
            List<Command> commands = new ArrayList<>();
            Optional<SlotPlan.Verification> verify =
                    unproven.isEmpty() ? Optional.empty() : verification();
            boolean idle =
                    drop.isEmpty()
                            && create.isEmpty()
                            && carry.isEmpty()
                            && advance.isEmpty()
                            && verify.isEmpty();
            if (!idle || news) {
                commands.add(
                        new Command.EnsureSlots(
                                new SlotPlan(side, drop, create, carry, advance, managed, verify)));
            }
            if (!view.memory().slots().told().containsAll(strangers)) {
                commands.add(new Command.MentionSlots(List.copyOf(strangers)));
            }
            return commands;
        }

        private Optional<SlotPlan.Verification> verification() {
            return FollowerPolicy.source(view)
                    .flatMap(leader ->
                            WantedSlots.topOfPath(view)
                                    .map(top ->
                                            new SlotPlan.Verification(
                                                    leader, top.slotName(), unproven)));
        }
    }
}

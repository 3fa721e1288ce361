package io.toomai.core.ha;

import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Physical slots that keep WAL for members (contract §4.9). Only slots that carry a member's name
/// are ever touched: what the operator made stays.
final class SlotPolicy {
    private SlotPolicy() {}

    /// What to do about slots, and when each member was last seen.
    record Step(List<Command> commands, Map<MemberName, MonoTime> seen) {}

    /// The leader has one slot for each member that streams from it, and keeps that of an absent
    /// member for `member_slots_ttl`.
    static Step ofLeader(HaView view, List<SlotFacts> slots) {
        if (view.settings().useSlots() == HaSettings.Slots.UNUSED) {
            return new Step(List.of(), Map.of());
        }
        TreeMap<MemberName, MonoTime> seen = new TreeMap<>(view.memory().slotsSeen());
        for (Member member : view.cluster().members()) {
            if (!member.name().equals(view.me())) {
                seen.put(member.name(), view.now());
            }
        }
        List<MemberName> wanted = new ArrayList<>();
        List<String> unwanted = new ArrayList<>();
        for (var entry : seen.entrySet()) {
            boolean keep =
                    view.now().isBefore(entry.getValue().plus(view.settings().memberSlotsTtl()));
            boolean streamsElsewhere =
                    view.cluster()
                            .member(entry.getKey())
                            .map(member -> streamsElsewhere(view, member))
                            .orElse(false);
            boolean exists = exists(slots, entry.getKey().slotName());
            if (keep && !streamsElsewhere && !exists) {
                wanted.add(entry.getKey());
            } else if ((!keep || streamsElsewhere) && isIdle(slots, entry.getKey().slotName())) {
                unwanted.add(entry.getKey().slotName());
            }
        }
        seen.values()
                .removeIf(
                        when -> !view.now().isBefore(when.plus(view.settings().memberSlotsTtl())));
        return new Step(commands(wanted, unwanted), seen);
    }

    /// A standby that led before would keep WAL for ever in slots that nobody reads.
    static List<Command> ofStandby(HaView view, List<SlotFacts> slots) {
        List<String> unwanted =
                view.cluster().members().stream()
                        .filter(m -> m.tags().replicatefrom().filter(view.me()::equals).isEmpty())
                        .map(m -> m.name().slotName())
                        .filter(name -> isIdle(slots, name))
                        .sorted()
                        .toList();
        List<MemberName> wanted =
                view.cluster().members().stream()
                        .filter(m -> m.tags().replicatefrom().filter(view.me()::equals).isPresent())
                        .map(Member::name)
                        .filter(name -> !exists(slots, name.slotName()))
                        .toList();
        return view.settings().useSlots() == HaSettings.Slots.UNUSED
                ? List.of()
                : commands(wanted, unwanted);
    }

    private static List<Command> commands(List<MemberName> wanted, List<String> unwanted) {
        return wanted.isEmpty() && unwanted.isEmpty()
                ? List.of()
                : List.of(new Command.EnsureSlots(wanted, unwanted));
    }

    private static boolean streamsElsewhere(HaView view, Member member) {
        boolean cascades =
                member.tags()
                        .replicatefrom()
                        .filter(from -> !from.equals(view.me()))
                        .filter(from -> view.cluster().member(from).isPresent())
                        .isPresent();
        return member.tags().nostream() || cascades;
    }

    private static boolean exists(List<SlotFacts> slots, String name) {
        return slots.stream().anyMatch(s -> s.name().equals(name));
    }

    private static boolean isIdle(List<SlotFacts> slots, String name) {
        return slots.stream()
                .anyMatch(s ->
                        s.name().equals(name)
                                && s.kind() == SlotFacts.Kind.PHYSICAL
                                && s.activity() == SlotFacts.Activity.INACTIVE);
    }
}

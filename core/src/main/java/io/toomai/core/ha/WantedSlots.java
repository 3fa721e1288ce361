package io.toomai.core.ha;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Status;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The slots that a node should have, by name (contract §4.9).
final class WantedSlots {
    private WantedSlots() {}

    /// PostgreSQL that brings logical slots to the standbys by itself.
    private static final int SYNCHRONIZES_SLOTS = 170000;

    /// Whether somebody is expected to stream from it.
    enum Use {
        STREAMED,
        /// It keeps WAL for a client of another node, and follows the position that it has there.
        KEPT
    }

    /// @param position where the slot's client is, as published
    record Wanted(PermanentSlot.Kind kind, Use use, Optional<Lsn> position) {
        boolean isPhysical() {
            return kind instanceof PermanentSlot.Physical;
        }
    }

    private static final PermanentSlot.Kind PHYSICAL = new PermanentSlot.Physical();

    /// @param retained names of slots of members, present or absent for less than their time
    static SortedMap<String, Wanted> onLeader(HaView view, Collection<String> retained) {
        TreeMap<String, Wanted> wanted = new TreeMap<>();
        for (Member member : streamingMembers(view)) {
            boolean elsewhere = cascades(view, member);
            if (!elsewhere) {
                wanted.put(
                        member.name().slotName(),
                        new Wanted(PHYSICAL, Use.STREAMED, Optional.empty()));
            } else if (view.settings().slots().areEverywhere()) {
                wanted.put(
                        member.name().slotName(),
                        new Wanted(PHYSICAL, Use.KEPT, member.position().location()));
            }
        }
        for (String name : retained) {
            wanted.putIfAbsent(name, new Wanted(PHYSICAL, Use.STREAMED, Optional.empty()));
        }
        for (PermanentSlot slot : view.settings().slots().permanent()) {
            if (slot.kind() instanceof PermanentSlot.Logical && StandbyLeaderPolicy.applies(view)) {
                continue; // nothing can be decoded before this cluster has a primary of its own
            }
            wanted.put(slot.name(), new Wanted(slot.kind(), Use.STREAMED, Optional.empty()));
        }
        wanted.remove(view.me().slotName());
        return wanted;
    }

    /// Without the logical slots that the server gets by itself.
    static SortedMap<String, Wanted> onStandby(HaView view, int serverVersion) {
        TreeMap<String, Wanted> wanted = new TreeMap<>();
        Status status = view.cluster().status();
        boolean mayLead = !view.node().tags().nofailover();
        boolean everywhere = mayLead && view.settings().slots().areEverywhere();
        if (everywhere) {
            status.retainSlots().forEach(name -> wanted.put(name, kept(status, name)));
        }
        for (Member member : streamingMembers(view)) {
            String name = member.name().slotName();
            if (member.tags().replicatefrom().filter(view.me()::equals).isPresent()) {
                wanted.put(name, new Wanted(PHYSICAL, Use.STREAMED, Optional.empty()));
            } else if (everywhere) {
                wanted.put(
                        name,
                        cascades(view, member)
                                ? new Wanted(PHYSICAL, Use.KEPT, member.position().location())
                                : kept(status, name));
            }
        }
        if (mayLead) {
            for (PermanentSlot slot : view.settings().slots().permanent()) {
                if (isForThisStandby(view, slot.kind(), serverVersion)) {
                    wanted.put(
                            slot.name(),
                            new Wanted(
                                    slot.kind(),
                                    Use.KEPT,
                                    Optional.ofNullable(status.slots().get(slot.name()))));
                }
            }
        }
        wanted.remove(view.me().slotName());
        return wanted;
    }

    private static boolean isForThisStandby(
            HaView view, PermanentSlot.Kind kind, int serverVersion) {
        return switch (kind) {
            case PermanentSlot.Physical _ -> true;
            case PermanentSlot.Logical logical ->
                    !StandbyLeaderPolicy.applies(view)
                            && hasSlotPath(view)
                            && !isBroughtByServer(view, logical, serverVersion);
        };
    }

    /// A cascading standby gets none from its own upstream.
    static boolean isBroughtByServer(
            HaView view, PermanentSlot.Logical logical, int serverVersion) {
        return isCarriedByServer(logical, serverVersion)
                && view.node().tags().replicatefrom().isEmpty();
    }

    static boolean isCarriedByServer(PermanentSlot.Logical logical, int serverVersion) {
        return logical.carrier() == PermanentSlot.Carrier.SERVER
                && serverVersion >= SYNCHRONIZES_SLOTS;
    }

    private static Wanted kept(Status status, String name) {
        return new Wanted(PHYSICAL, Use.KEPT, Optional.ofNullable(status.slots().get(name)));
    }

    /// The other members that stream from somebody.
    static Collection<Member> streamingMembers(HaView view) {
        return view.cluster().members().stream()
                .filter(m -> !m.name().equals(view.me()) && !m.tags().nostream())
                .toList();
    }

    /// Whether it streams from a member that is not the leader.
    private static boolean cascades(HaView view, Member member) {
        return upstreamOf(view, member.tags().replicatefrom()).isPresent();
    }

    private static Optional<Member> upstreamOf(HaView view, Optional<MemberName> replicatefrom) {
        return replicatefrom
                .filter(from -> !view.cluster().leader().isHeldBy(from))
                .flatMap(view.cluster()::member);
    }

    /// Whether every server between this one and the leader is streamed from by a slot: only then
    /// does the leader hear which catalog rows logical slots here need.
    private static boolean hasSlotPath(HaView view) {
        return !view.node().tags().nostream() && topOfPath(view).isPresent();
    }

    /// The member of this node's path that streams from the leader itself; empty where one on it
    /// does not stream.
    static Optional<MemberName> topOfPath(HaView view) {
        Set<MemberName> passed = new HashSet<>();
        MemberName top = view.me();
        Optional<Member> next = upstreamOf(view, view.node().tags().replicatefrom());
        while (next.isPresent() && passed.add(next.get().name())) {
            if (next.get().tags().nostream()) {
                return Optional.empty();
            }
            top = next.get().name();
            next = upstreamOf(view, next.get().tags().replicatefrom());
        }
        return Optional.of(top);
    }
}

package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// What shall be done about this node's replication slots, in this order; a later plan replaces one
/// that has not been carried out. Nothing of it holds on a server that is in recovery when the
/// decision saw a primary, or the other way round.
///
/// @param drop slots that nobody streams from
/// @param carry logical slots that PostgreSQL 17 shall bring to the standbys from now on
/// @param managed all names that are this cluster's here: remembered, so that they may be dropped
///   when nobody names them any more
/// @param verify absent = nothing is left to be found out about copied slots
public record SlotPlan(
        Side side,
        List<String> drop,
        List<Creation> create,
        List<String> carry,
        List<Move> advance,
        SortedSet<String> managed,
        Optional<Verification> verify) {
    public SlotPlan {
        drop = List.copyOf(drop);
        create = List.copyOf(create);
        carry = List.copyOf(carry);
        advance = List.copyOf(advance);
        managed = Collections.unmodifiableSortedSet(new TreeSet<>(managed));
    }

    /// Nothing but slots that follow their clients, as in every cycle in which there is new WAL.
    public boolean onlyFollows() {
        return drop.isEmpty() && create.isEmpty() && carry.isEmpty();
    }

    /// What the server was when it was decided.
    public enum Side {
        PRIMARY,
        STANDBY
    }

    /// A physical slot keeps WAL at once.
    public record Creation(String name, PermanentSlot.Kind kind) {}

    /// @param database of a logical slot
    public record Move(String name, Optional<String> database, Lsn to) {}

    /// Ask the leader whether it keeps the catalog rows that these copied slots need.
    ///
    /// @param path name of the physical slot by which the leader hears what this node needs
    public record Verification(Command.Source leader, String path, List<String> slots) {
        public Verification {
            slots = List.copyOf(slots);
        }
    }
}

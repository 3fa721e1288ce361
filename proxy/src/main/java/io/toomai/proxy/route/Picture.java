package io.toomai.proxy.route;

import io.toomai.core.model.MemberName;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What somebody saw of the cluster at one moment.
///
/// @param leadership whether the epoch's term goes on
/// @param primary who leads and may write; a standby leader is none
public record Picture(
        Epoch epoch, Leadership leadership, Optional<MemberName> primary, List<Place> places) {
    /// Before anything was seen.
    public static final Picture NOTHING =
            new Picture(Epoch.NONE, Leadership.VACANT, Optional.empty(), List.of());

    /// What became of the leader key in the term of the epoch.
    public enum Leadership {
        /// Somebody has it, also one that does not write, or is not seen, yet.
        HELD,
        /// It was given up: that term is over.
        VACANT
    }

    /// More members than that are no cluster.
    private static final int MOST = 1000;

    public Picture {
        places = places.stream().sorted(Comparator.comparing(Place::name)).limit(MOST).toList();
    }

    public Optional<Place> place(MemberName name) {
        return places.stream().filter(place -> place.name().equals(name)).findFirst();
    }
}

package io.toomai.proxy.net;

import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.route.Keeping;
import java.util.Optional;

/// A connection to a target, from the first attempt to its end, and who sent it there: it is
/// answered for to that destination only, for its pool may have another one by then.
///
/// @param by knows of it until [#left]
/// @param terms how it was logged in
record Journey(Destination by, Target target, Terms terms) {
    /// Nothing while there is no fit server.
    static Optional<Journey> begin(Destination by, Terms terms) {
        return by.next().map(target -> new Journey(by, target, terms));
    }

    /// Whether a pool of that destination and these terms would begin the same now.
    boolean leadsTo(Destination there, Terms now) {
        return by.equals(there) && now.leadTo(terms);
    }

    /// The connection is gone, or was never made.
    void left() {
        by.left(target);
    }

    /// The attempt to get there has failed.
    void failed() {
        by.left(target);
        by.failed(target);
    }

    void reached() {
        by.reached(target);
    }

    boolean endsInSwitchover() {
        return by.endsInSwitchover(target);
    }

    Keeping keeping() {
        return by.keeping(target);
    }
}

package io.toomai.proxy.net;

import io.toomai.proxy.login.Welcome;
import java.util.ArrayList;
import java.util.List;

/// Clients that have proven who they are and wait for the first server of their pool. Belongs to
/// the event loop.
final class WaitingRoom {
    private final List<Place> places = new ArrayList<>();

    /// A client that has proven who it is, and waits to hear what a server says of itself.
    interface Guest {
        void welcome(Welcome said);

        void refused(String code, String text);

        /// Whether it waits no more.
        default boolean isGone() {
            return false;
        }
    }

    private record Place(Guest guest, long since) {}

    void add(Guest guest, long now) {
        places.add(new Place(guest, now));
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    int size() {
        return places.size();
    }

    /// Everybody, in order; the room is empty then.
    List<Guest> takeAll() {
        List<Guest> all = places.stream().map(Place::guest).toList();
        places.clear();
        return all;
    }

    /// @param login `client_login_timeout` in nanoseconds, 0 = none
    /// @param wait `query_wait_timeout`, too
    void tick(long now, long login, long wait) {
        places.removeIf(place -> place.guest().isGone());
        refuse(now, login, "client_login_timeout (server down)");
        refuse(now, wait, "query_wait_timeout");
    }

    private void refuse(long now, long limit, String text) {
        if (limit > 0) {
            List<Place> late =
                    places.stream().filter(place -> now - place.since() > limit).toList();
            places.removeAll(late);
            late.forEach(place -> place.guest().refused("08P01", text));
        }
    }
}

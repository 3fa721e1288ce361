package io.toomai.proxy.net;

import io.toomai.proxy.login.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/// Clients that have proven who they are and wait for the first server of their pool. Belongs to
/// the event loop.
final class WaitingRoom {
    private final List<Place> places = new ArrayList<>();

    /// A client that has proven who it is, and waits to hear what a server says of itself.
    interface Guest {
        void welcome(Welcome said);

        void refused(String code, String text);

        /// `query_wait_timeout` of who logged in, in nanoseconds; 0 = none.
        long queryWait();

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

    /// When the first of those who wait came.
    OptionalLong since() {
        return places.isEmpty() ? OptionalLong.empty() : OptionalLong.of(places.getFirst().since());
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
    void tick(long now, long login) {
        places.removeIf(place -> place.guest().isGone());
        refuse(now, _ -> login, "client_login_timeout (server down)");
        refuse(now, Guest::queryWait, "query_wait_timeout");
    }

    private void refuse(long now, ToLongFunction<Guest> limit, String text) {
        List<Place> late = places.stream().filter(place -> isLate(place, now, limit)).toList();
        places.removeAll(late);
        late.forEach(place -> place.guest().refused("08P01", text));
    }

    private static boolean isLate(Place place, long now, ToLongFunction<Guest> limit) {
        long most = limit.applyAsLong(place.guest());
        return most > 0 && now - place.since() > most;
    }
}

package io.toomai.proxy.net;

import io.toomai.proxy.route.Place;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The addresses of members by the names of their hosts. Each name is looked up by a thread of its
/// own, anew for each picture. None is waited for long: clients may wait for the picture, in an
/// outage of which the name server is a part. Safe for any thread.
final class Addresses {
    private static final Logger log = LoggerFactory.getLogger(Addresses.class);

    /// A name server at hand answers sooner.
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final Lookup lookup;
    private final Runnable answeredLate;
    private final Map<String, InetAddress> known = new HashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> late = new HashSet<>();

    /// The hosts of pictures that were looked up and are not judged yet.
    private final List<Set<String>> unjudged = new ArrayList<>();

    /// Hosts of which was said that their addresses are not known.
    private final Set<String> told = new HashSet<>();

    /// Looks up a host's address; may take its time.
    interface Lookup {
        InetAddress of(String host) throws UnknownHostException;
    }

    /// @param answeredLate called, by any thread, when another address is known than was said
    Addresses(Lookup lookup, Runnable answeredLate) {
        this.lookup = lookup;
        this.answeredLate = answeredLate;
    }

    /// Looks up where the members of a picture are, until [#judged]. A name that cannot be looked
    /// up now keeps the address that it had. May take its time, but not long.
    synchronized void lookUp(List<Place> places) {
        Set<String> hosts = hosts(places);
        unjudged.add(hosts);
        for (Place place : places) {
            if (asked.add(place.host())) {
                Thread.startVirtualThread(() -> hear(place));
            }
        }
        awaitAnswers(hosts);
        for (Place place : places) {
            if (asked.contains(place.host())) {
                late.add(place.host());
                tell(place, "no name server answers");
            }
        }
    }

    private static Set<String> hosts(List<Place> places) {
        return places.stream().map(Place::host).collect(Collectors.toSet());
    }

    /// What counts may be another picture than the one that was looked up, which may have come
    /// late. Only hosts of neither are forgotten.
    ///
    /// @param places of the picture that was looked up
    /// @param inForce of the picture that counts
    synchronized void judged(List<Place> places, List<Place> inForce) {
        unjudged.remove(hosts(places));
        Set<String> needed = new HashSet<>(hosts(inForce));
        unjudged.forEach(needed::addAll);
        known.keySet().retainAll(needed);
        late.retainAll(needed);
        told.retainAll(needed);
    }

    private void awaitAnswers(Set<String> hosts) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (asked.stream().anyMatch(hosts::contains)) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                wait(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// What is known by now.
    synchronized Map<String, InetAddress> known() {
        return Map.copyOf(known);
    }

    private void hear(Place place) {
        Optional<InetAddress> found = ask(place.host());
        if (isNews(place, found)) {
            answeredLate.run();
        }
    }

    private Optional<InetAddress> ask(String host) {
        try {
            return Optional.of(lookup.of(host));
        } catch (UnknownHostException _) {
            return Optional.empty();
        }
    }

    private synchronized boolean isNews(Place place, Optional<InetAddress> found) {
        asked.remove(place.host());
        notifyAll();
        boolean isLate = late.remove(place.host());
        if (found.isEmpty()) {
            tell(place, "it cannot be looked up");
            return false;
        }
        told.remove(place.host());
        return !found.get().equals(known.put(place.host(), found.get())) && isLate;
    }

    private void tell(Place place, String why) {
        if (told.add(place.host())) {
            @Nullable InetAddress before = known.get(place.host());
            log.warn(
                    "proxy: the address of {} is not known, {}, {}: host={}",
                    place.name(),
                    why,
                    before == null
                            ? "no client is sent there"
                            : "clients are sent to the one that it had, " + before,
                    place.host());
        }
    }
}

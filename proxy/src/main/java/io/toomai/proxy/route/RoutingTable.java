package io.toomai.proxy.route;

import io.toomai.core.model.MemberName;
import io.toomai.proxy.route.Picture.Leadership;
import io.toomai.proxy.route.RouteRules.Balance;
import io.toomai.proxy.route.RouteRules.Fallback;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// The newest picture, the operator's orders, and what follows from both for a connection. Pictures
/// may come late, twice and in any order: who has been replaced as primary never comes back by one
/// of them. What a picture says stays in force until a newer one comes; servers confirm it
/// themselves when they are logged in to.
///
/// Pure: `now` is a monotonic time in nanoseconds. Not thread safe: belongs to an event loop.
public final class RoutingTable {
    private final Map<MemberName, Duty> duties = new HashMap<>();
    private final Map<MemberName, Long> fitSince = new HashMap<>();
    private final Map<MemberName, Double> credit = new HashMap<>();
    private RouteRules rules;
    private Picture picture = Picture.NOTHING;

    /// Who was primary in the epoch of the picture, also after it has given that up.
    private Optional<MemberName> holder = Optional.empty();

    private long termGivenUp = Epoch.NO_TERM;

    /// Since when pictures that count as too old, of the one who led last, are all that is told.
    private OptionalLong insistsSince = OptionalLong.empty();

    /// A late picture comes seconds late at most, and newer ones come in between. But where a store
    /// only judges that a leader is silent (Kubernetes, decision 0015), a leader may be heard again
    /// in the same term; and a store that was made anew counts its terms anew. After so long, in
    /// nanoseconds, that is believed of who led last, and of nobody else.
    private static final long INSISTENCE = TimeUnit.SECONDS.toNanos(10);

    /// What became of a picture.
    public enum Taking {
        CHANGED,
        /// It says what is known.
        THE_SAME,
        /// It is older than what is known.
        TOO_OLD
    }

    public RoutingTable(RouteRules rules) {
        this.rules = rules;
    }

    // ---- what is known

    public Taking take(Picture told, long now) {
        Epoch epoch = told.epoch().after(picture.epoch());
        int newer = epoch.compareTo(picture.epoch());
        boolean isLate = newer < 0 || isOver(told);
        if (isLate && !insists(told, now)) {
            return Taking.TOO_OLD;
        }
        if (isAnother(told, newer == 0 ? holder : Optional.empty())) {
            return Taking.TOO_OLD;
        }
        if (isLate) {
            termGivenUp = Epoch.NO_TERM;
        }
        insistsSince = OptionalLong.empty();
        Picture next = new Picture(epoch, told.leadership(), told.primary(), told.places());
        if (next.equals(picture)) {
            return Taking.THE_SAME;
        }
        picture = next;
        holder = newer == 0 ? told.primary().or(() -> holder) : told.primary();
        if (told.leadership() == Leadership.VACANT) {
            termGivenUp = epoch.term();
        }
        ramp(now);
        return Taking.CHANGED;
    }

    /// Somebody still says what was told before, and others may have said another thing since: that
    /// changes nothing, but it counts for and against who insists.
    ///
    /// @return whether it is to be taken, though it counts as too old
    public boolean isInsistedOn(Picture told, long now) {
        Epoch epoch = told.epoch().after(picture.epoch());
        if (epoch.compareTo(picture.epoch()) < 0 || isOver(told)) {
            return insists(told, now);
        }
        if (!isAnother(told, holder)) {
            insistsSince = OptionalLong.empty();
        }
        return false;
    }

    /// A term that was given up is over.
    private boolean isOver(Picture told) {
        return told.primary().isPresent()
                && told.epoch().hasTerm()
                && told.epoch().term() == termGivenUp;
    }

    /// One epoch has one primary.
    private static boolean isAnother(Picture told, Optional<MemberName> only) {
        return told.primary().isPresent() && only.isPresent() && !told.primary().equals(only);
    }

    private boolean insists(Picture told, long now) {
        if (told.primary().isEmpty() || !told.primary().equals(holder)) {
            insistsSince = OptionalLong.empty();
            return false;
        }
        if (insistsSince.isEmpty()) {
            insistsSince = OptionalLong.of(now);
        }
        return now - insistsSince.getAsLong() >= INSISTENCE;
    }

    /// A replica that is fit again starts with a small share.
    private void ramp(long now) {
        for (Place place : picture.places()) {
            if (!isFitToRead(place)) {
                fitSince.remove(place.name());
            } else {
                fitSince.putIfAbsent(place.name(), now);
            }
        }
        fitSince.keySet().removeIf(name -> picture.place(name).isEmpty());
        credit.keySet().retainAll(fitSince.keySet());
    }

    public void rules(RouteRules next, long now) {
        rules = next;
        ramp(now);
    }

    /// @param now for the slow start of one that is ready again
    public void order(MemberName name, Duty duty, long now) {
        if (duty == Duty.READY) {
            duties.remove(name);
        } else {
            duties.put(name, duty);
        }
        ramp(now);
    }

    public Picture picture() {
        return picture;
    }

    public Duty duty(MemberName name) {
        return duties.getOrDefault(name, Duty.READY);
    }

    // ---- where to

    /// Where the next connection of a route goes; nothing while nobody is fit.
    ///
    /// @param connections how many this proxy has to a member
    public Optional<Place> choose(Route route, ToIntFunction<MemberName> connections, long now) {
        return switch (route) {
            case WRITE -> primary();
            case READ -> reader(connections, now).or(this::primaryForReads);
            case PREFER_READ -> reader(connections, now).or(this::primary);
            case ANY -> primary().or(() -> reader(connections, now));
        };
    }

    private Optional<Place> primary() {
        return picture.primary()
                .flatMap(picture::place)
                .filter(place -> duty(place.name()) == Duty.READY);
    }

    private Optional<Place> primaryForReads() {
        return rules.fallback() == Fallback.PRIMARY ? primary() : Optional.empty();
    }

    private Optional<Place> reader(ToIntFunction<MemberName> connections, long now) {
        List<Place> fit = readers();
        if (fit.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                rules.balance() == Balance.ROUND_ROBIN
                        ? nextInTurn(fit, now)
                        : leastUsed(fit, connections, now));
    }

    /// Those that are fit; backups only where nobody else is.
    private List<Place> readers() {
        List<Place> fit = new ArrayList<>();
        List<Place> backups = new ArrayList<>();
        for (Place place : picture.places()) {
            if (isFitToRead(place)) {
                (place.isBackup() ? backups : fit).add(place);
            }
        }
        return fit.isEmpty() ? backups : fit;
    }

    private boolean isFitToRead(Place place) {
        return unfitToRead(place).isEmpty();
    }

    private Optional<Obstacle> unfitToRead(Place place) {
        if (duty(place.name()) != Duty.READY) {
            return Optional.of(ordered(place));
        }
        if (!place.isRunning()) {
            return Optional.of(Obstacle.AWAY);
        }
        if (isPrimary(place.name())) {
            return Optional.of(Obstacle.IS_PRIMARY);
        }
        if (place.weight() <= 0) {
            return Optional.of(Obstacle.NO_WEIGHT);
        }
        if (place.tags().noloadbalance()) {
            return Optional.of(Obstacle.NO_LOAD_BALANCE);
        }
        return hasTags(place) ? tooFar(place) : Optional.of(Obstacle.OTHER_TAGS);
    }

    private Obstacle ordered(Place place) {
        return duty(place.name()) == Duty.DRAIN ? Obstacle.DRAIN : Obstacle.MAINTENANCE;
    }

    private boolean isPrimary(MemberName name) {
        return picture.primary().filter(name::equals).isPresent();
    }

    private boolean hasTags(Place place) {
        return rules.tags().entrySet().stream()
                .allMatch(tag ->
                        tag.getValue()
                                .equals(String.valueOf(place.tags().values().get(tag.getKey()))));
    }

    /// One on an older timeline counts bytes of another history.
    private Optional<Obstacle> tooFar(Place place) {
        if (rules.mostLag().isEmpty()) {
            return Optional.empty();
        }
        if (place.lag().isEmpty()) {
            return Optional.of(Obstacle.LAG_UNKNOWN);
        }
        if (place.lag().getAsLong() > rules.mostLag().getAsLong()) {
            return Optional.of(Obstacle.LAG);
        }
        return place.timeline().isKnown() && place.timeline().isBefore(picture.epoch().timeline())
                ? Optional.of(Obstacle.OLD_TIMELINE)
                : Optional.empty();
    }

    private Place leastUsed(List<Place> fit, ToIntFunction<MemberName> connections, long now) {
        @Nullable Place best = null;
        double least = Double.MAX_VALUE;
        for (Place place : fit) {
            double use = (connections.applyAsInt(place.name()) + 1) / share(place, now);
            if (use < least) {
                best = place;
                least = use;
            }
        }
        return best == null ? fit.getFirst() : best;
    }

    /// Each gains its share in every turn, and who has most pays for all: so a heavy one is not
    /// taken several times in a row.
    private Place nextInTurn(List<Place> fit, long now) {
        double all = 0;
        Place best = fit.getFirst();
        for (Place place : fit) {
            double share = share(place, now);
            all += share;
            credit.merge(place.name(), share, Double::sum);
            if (creditOf(place) > creditOf(best)) {
                best = place;
            }
        }
        credit.merge(best.name(), -all, Double::sum);
        return best;
    }

    private double creditOf(Place place) {
        return credit.getOrDefault(place.name(), 0.0);
    }

    /// Its weight, less while it is new.
    private double share(Place place, long now) {
        long ramp = rules.slowStart().toNanos();
        long since = now - fitSince.getOrDefault(place.name(), now);
        double part = ramp == 0 ? 1 : Math.clamp((double) since / ramp, 0.1, 1);
        return place.weight() * part;
    }

    /// Why the next connection of a route cannot go to a member; nothing where it can. [#choose]
    /// takes one of those without an obstacle.
    public Optional<Obstacle> obstacle(Route route, Place place) {
        boolean primaryServes =
                switch (route) {
                    case WRITE -> true;
                    case READ, PREFER_READ -> servesReads(route);
                    case ANY -> primary().isPresent();
                };
        if (isPrimary(place.name()) && primaryServes) {
            return duty(place.name()) == Duty.READY
                    ? Optional.empty()
                    : Optional.of(ordered(place));
        }
        boolean isForPrimary = route == Route.WRITE || (route == Route.ANY && primaryServes);
        Optional<Obstacle> own = unfitToRead(place);
        if (isForPrimary && (own.isEmpty() || !isTakenOut(own.get()))) {
            return Optional.of(Obstacle.NOT_PRIMARY);
        }
        return own.isPresent() || !place.isBackup() || isReader(place.name())
                ? own
                : Optional.of(Obstacle.IS_BACKUP);
    }

    /// Whatever the route.
    private static boolean isTakenOut(Obstacle obstacle) {
        return obstacle == Obstacle.MAINTENANCE
                || obstacle == Obstacle.DRAIN
                || obstacle == Obstacle.AWAY;
    }

    // ---- who stays

    /// What becomes of a connection of that route to that member.
    public Keeping keeping(Route route, MemberName name) {
        Duty duty = duty(name);
        if (duty == Duty.MAINTENANCE) {
            return Keeping.IS_CUT;
        }
        if (route == Route.WRITE && !isPrimary(name)) {
            // Nobody leads: what it does it may end, for another cannot write yet.
            return picture.primary().isPresent() ? Keeping.IS_CUT : Keeping.GOES_WHEN_FREE;
        }
        if (duty == Duty.DRAIN) {
            return Keeping.GOES_WHEN_FREE;
        }
        boolean stays =
                switch (route) {
                    case WRITE -> true;
                    case READ, PREFER_READ -> isPrimary(name) ? servesReads(route) : isReader(name);
                    case ANY -> picture.place(name).isPresent();
                };
        return stays ? Keeping.STAYS : Keeping.GOES_WHEN_FREE;
    }

    private boolean isReader(MemberName name) {
        return readers().stream().anyMatch(place -> place.name().equals(name));
    }

    /// Whether the primary serves those that want to read: nobody else is fit.
    public boolean servesReads(Route route) {
        return readers().isEmpty()
                && (route == Route.PREFER_READ || rules.fallback() == Fallback.PRIMARY);
    }

    /// Whether the next connection of a route may go to the primary.
    public boolean mayLeadToPrimary(Route route) {
        return switch (route) {
            case WRITE, ANY -> true;
            case READ, PREFER_READ -> servesReads(route);
        };
    }

    /// Whether that member is primary, or was before nobody was; where neither is known, whoever it
    /// is.
    public boolean mayBePrimary(MemberName name) {
        return picture.primary().or(() -> holder).map(name::equals).orElse(true);
    }

    /// Whether a server that says this of itself may serve the route: the picture may be older than
    /// what it says, or newer.
    public boolean allows(Route route, Claim claim) {
        return switch (route) {
            case WRITE -> claim == Claim.PRIMARY;
            case READ -> claim == Claim.STANDBY || rules.fallback() == Fallback.PRIMARY;
            case PREFER_READ, ANY -> true;
        };
    }
}

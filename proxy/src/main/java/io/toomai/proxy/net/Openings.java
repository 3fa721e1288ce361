package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.route.Keeping;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a pool comes to its servers: the attempts, when the next one is made after a failure, and
/// the clients who wait to hear what the first server says. Belongs to one event loop.
final class Openings implements Attempt.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Openings.class);

    /// Where one try has failed the next may do better soon: so long after it, in milliseconds. A
    /// promotion takes less than the quick ones.
    private static final long SOONEST = 25;

    private static final int QUICK_TRIES = 20;

    /// A connection that broke says nothing of the next one: it is tried once at once.
    private static final String BROKE = "08006";

    private static final long LATEST = 250;
    private static final long MILLISECOND = 1_000_000;

    private final ServerPool owner;
    private final Pool<ServerConnection, ClientConnection> pool;
    private final Dialer dialer;
    private final Set<Attempt> attempts = new LinkedHashSet<>();
    private final WaitingRoom guests = new WaitingRoom();
    private Grant credentials = new Grant.Nothing();
    private @Nullable Welcome welcome;
    private Optional<Failure> failure = Optional.empty();
    private int failures;
    private Object prospects;

    /// Why no server could be logged in to: its own words, which will not change by waiting.
    ///
    /// @param until when the next login is tried, in nanoseconds
    private record Failure(String text, long until) {}

    Openings(ServerPool owner, Pool<ServerConnection, ClientConnection> pool, Dialer dialer) {
        this.owner = owner;
        this.pool = pool;
        this.dialer = dialer;
        prospects = owner.destination().prospects();
    }

    // ---- clients who wait for the first server

    void welcome(Grant grant, WaitingRoom.Guest guest) {
        long now = owner.turn().now();
        if (!(grant instanceof Grant.Nothing)) { // else it would lock the others out
            Terms terms = owner.terms();
            boolean isNews = !terms.credentials(grant).isSameAs(terms.credentials(credentials));
            credentials = grant;
            if (isNews && failure.isPresent()) {
                forgive();
                tryAgain(now);
            }
        }
        Welcome said = welcome;
        if (said != null) {
            guest.welcome(said);
            return;
        }
        Optional<String> failing = failing(now);
        if (failing.isPresent()) {
            guest.refused("08P01", failing.get());
        } else {
            guests.add(guest, now);
            tellOfGuests(now);
        }
    }

    /// What clients of the same user have shown elsewhere, where none has shown anything here.
    void lend(Grant shown) {
        if (credentials instanceof Grant.Nothing) {
            credentials = shown;
        }
    }

    /// Whether somebody waits for the first server.
    boolean isAwaited() {
        return !guests.isEmpty();
    }

    void refuseAll(String code, String text) {
        List<WaitingRoom.Guest> all = guests.takeAll();
        tellOfGuests(owner.turn().now());
        all.forEach(guest -> guest.refused(code, text));
    }

    /// Whether somebody waits for the first server: then the pool opens one.
    void tellOfGuests(long now) {
        pool.guestsWait(guests.since(), now);
    }

    void tick(long now) {
        guests.tick(now, owner.terms().values().time("client_login_timeout").toNanos());
        tellOfGuests(now);
    }

    // ---- attempts

    /// What this client has shown, else what another one has.
    Grant grant(Grant shown) {
        return shown instanceof Grant.Nothing ? credentials : shown;
    }

    /// The settings are others than before.
    void follow(Terms before) {
        credentials = owner.terms().kept(credentials, before);
    }

    void open() {
        Optional<Journey> journey = owner.nextJourney();
        if (journey.isEmpty()) {
            postpone(LATEST);
            return;
        }
        Attempt attempt = new Attempt(this, journey.get());
        attempts.add(attempt);
        dialer.dial(owner.call(journey.get().target(), credentials, Map.of()), attempt);
    }

    @Override
    public Optional<Misfit> misfit(Attempt attempt, Welcome said) {
        return owner.misfit(attempt.journey(), said);
    }

    @Override
    public void ready(Attempt attempt, Channel by, Welcome said) {
        ServerConnection server;
        try {
            server = new ServerConnection(owner, by, said);
        } catch (ProtocolViolation e) {
            Sending.close(by);
            failed(attempt, "08P01", e.what());
            return;
        }
        failures = 0;
        attempts.remove(attempt);
        attempt.journey().reached();
        by.pipeline().replace("login", "server", server);
        owner.ready(server, attempt.journey(), said);
    }

    /// A server can be used.
    void opened(Welcome said) {
        failure = Optional.empty();
        welcome = said;
        guests.takeAll().forEach(guest -> guest.welcome(said));
    }

    /// Nobody waits for those that are under way.
    void callOff() {
        List.copyOf(attempts).forEach(Attempt::callOff);
    }

    @Override
    public void calledOff(Attempt attempt) {
        attempts.remove(attempt);
        attempt.journey().left();
        pool.openingCalledOff(owner.turn().now());
    }

    // ---- what fails

    /// Why nobody is let in for a while; empty where the next login may be tried.
    Optional<String> failing(long now) {
        return failure.filter(known -> now - known.until() < 0).map(Failure::text);
    }

    /// What failed before may work now.
    void forgive() {
        failure = Optional.empty();
    }

    @Override
    public void failed(Attempt attempt, String code, String text) {
        attempts.remove(attempt);
        attempt.journey().failed();
        if (owner.outage() == Outage.IS_WAITED_OUT && isOfAnOutage(code)) {
            LOG.debug(
                    "{} server login failed, tried again: {} {}",
                    owner.label(),
                    code,
                    Printable.of(text));
            tryAgainSoon();
            return;
        }
        LOG.warn("{} server login failed: {} {}", owner.label(), code, Printable.of(text));
        boolean hasMore = isOfAnOutage(code) && owner.destination().hasUntried();
        if (hasMore || (code.equals(BROKE) && failures == 0)) {
            tryAgainSoon();
            return;
        }
        long now = owner.turn().now();
        pool.openingFailed(now);
        if (isOfABusyServer(code)) {
            return; // clients wait: for as long as they are allowed to
        }
        failure =
                Optional.of(
                        new Failure(
                                "server login has been failing, cached error: "
                                        + text
                                        + " (server_login_retry)",
                                now + owner.terms().values().time("server_login_retry").toNanos()));
        refuseAll(code, text);
    }

    /// A server that starts, stops, recovers, or is full: another try may do better.
    private static boolean isOfABusyServer(String code) {
        return code.startsWith("57P") || code.startsWith("53");
    }

    /// Where another server is found soon, so is one to which no connection can be made.
    static boolean isOfAnOutage(String code) {
        return code.startsWith("08") || isOfABusyServer(code);
    }

    /// Tries again after a moment, and less often once many tries have failed.
    private void tryAgainSoon() {
        long pause = pause(failures++);
        postpone(pause);
        dialer.later(() -> tryAgain(owner.turn().now()), pause);
    }

    /// Before the next try, in milliseconds.
    ///
    /// @param failures those before the last one
    static long pause(int failures) {
        return failures < QUICK_TRIES ? SOONEST : LATEST;
    }

    /// @param millis from now on nothing is tried
    private void postpone(long millis) {
        long now = owner.turn().now();
        pool.openingPostponed(now + MILLISECOND * millis, now);
    }

    /// Other servers may be fit than before. What is on its way to one that is not wanted any more
    /// is called off: a host that has fallen silent would keep it until `server_connect_timeout`.
    /// What another server has refused is held against nobody any more; where the next connections
    /// would lead to the same servers, what has failed is not tried any sooner.
    void review(long now) {
        List<Attempt> unwanted =
                attempts.stream()
                        .filter(attempt -> attempt.journey().keeping() != Keeping.STAYS)
                        .toList();
        unwanted.forEach(Attempt::callOff);
        Object before = prospects;
        prospects = owner.destination().prospects();
        boolean areOthers = !prospects.equals(before);
        if (areOthers) {
            forgive();
        }
        if (areOthers || !unwanted.isEmpty()) {
            tryAgain(now);
        }
    }

    void tryAgain(long now) {
        pool.tryAgain(now);
        tellOfGuests(now);
    }
}

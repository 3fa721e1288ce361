package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a member tells every other at least four times within `suspect_after`, and at once when it
/// changes. Position and pledge are of one view: a position told with a pledge is final.
///
/// @param position end of WAL received (standby) or flushed (primary)
/// @param hears the members whose heartbeats the sender receives: who hears whom tells asymmetric
///   partitions
/// @param pledge present only when it is durable and the WAL receiver was seen gone
/// @param trouble of a primary that does not serve all of its clients; for operators
public record Heartbeat(
        MemberName name,
        PeerStatus.Standing standing,
        Lsn position,
        Timeline timeline,
        PeerStatus.Eligibility eligibility,
        long failoverPriority,
        SortedSet<MemberName> hears,
        Optional<Pledge> pledge,
        Optional<Serving.Trouble> trouble,
        Clients clients) {
    public Heartbeat {
        hears = Collections.unmodifiableSortedSet(new TreeSet<>(hears));
    }

    /// What concerns the clients of proxies.
    ///
    /// @param hold of a leader: the request ([Hold]) for which they all are to wait
    /// @param proxies that are connected to the sender
    public record Clients(OptionalLong hold, List<ProxyStanding> proxies) {
        public static final Clients NONE = new Clients(OptionalLong.empty(), List.of());

        public Clients {
            proxies = List.copyOf(proxies);
        }
    }

    /// The same with what is known of clients by now.
    public Heartbeat with(Clients known) {
        return new Heartbeat(
                name,
                standing,
                position,
                timeline,
                eligibility,
                failoverPriority,
                hears,
                pledge,
                trouble,
                known);
    }

    /// The heartbeat that the view gives, from it alone.
    public static Heartbeat of(HaView view) {
        return new Heartbeat(
                view.me(),
                PeerStatus.Standing.of(view.postgres()),
                position(view.postgres()),
                timeline(view.postgres()),
                view.node().eligibility(),
                view.node().tags().failoverPriority(),
                heard(view),
                pledge(view),
                view.serving() instanceof Serving.Troubled troubled
                        ? Optional.of(troubled.trouble())
                        : Optional.empty(),
                new Clients(SwitchoverPolicy.ordered(view), view.proxies()));
    }

    private static Lsn position(LocalPostgres postgres) {
        return postgres instanceof LocalPostgres.Answering answering ? answering.end() : Lsn.ZERO;
    }

    private static Timeline timeline(LocalPostgres postgres) {
        return postgres instanceof LocalPostgres.Answering answering
                ? answering.server().timeline()
                : Timeline.UNKNOWN;
    }

    /// After how long a silence a member counts as not heard: so early that a leader hears of it
    /// and shows its life in the store before anybody suspects it.
    static Duration patience(HaView view) {
        return view.settings().detection().suspectAfter().dividedBy(2);
    }

    private static SortedSet<MemberName> heard(HaView view) {
        Duration limit = patience(view);
        TreeSet<MemberName> names = new TreeSet<>();
        for (Hearing hearing : view.hearing()) {
            if (hearing instanceof Hearing.Heard(var latest, var at)
                    && view.now().since(at).compareTo(limit) < 0) {
                names.add(latest.name());
            }
        }
        return names;
    }

    /// A pledge is told only from a view that shows it kept: durable, no upstream, no WAL receiver.
    /// What is received then is final, so the position beside it is.
    private static Optional<Pledge> pledge(HaView view) {
        return view.postgres() instanceof LocalPostgres.Standby standby
                        && standby.upstream() instanceof Upstream.None
                        && standby.walReceiver() == LocalPostgres.WalReceiver.NOT_STREAMING
                ? view.pledge().filter(KeptPledge::isProven).map(KeptPledge::pledge)
                : Optional.empty();
    }
}

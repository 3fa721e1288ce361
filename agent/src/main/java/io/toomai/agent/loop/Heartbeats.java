package io.toomai.agent.loop;

import io.toomai.api.NodeStatus;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.PeerHeartbeats;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.Hold;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The HA loop's mouth and ears: tells this node's heartbeat from each view, hears those of the
/// others, and tells proxies what it saw. For the loop's thread, but for what says otherwise.
public final class Heartbeats {
    /// Five in each `suspect_after`: one may be lost and another late.
    private static final int REPETITIONS = 5;

    /// What a cycle may take beyond the wait before it, where `ttl` leaves little room.
    private static final Duration CYCLE = Duration.ofSeconds(2);

    private final MemberName me;
    private final HeartbeatSource own;
    private final PeerHeartbeats others;
    private final ProxyRoll proxies;
    private final Supplier<MonoTime> clock;
    private Optional<HaView> latest = Optional.empty();

    /// To and from whom.
    ///
    /// @param bell rung when the loop waits for the clients of proxies and nothing of theirs is
    ///   under way any more
    public record Ways(
            HeartbeatSource own, PeerHeartbeats others, ProxyRoll proxies, Runnable bell) {}

    private Heartbeats(Ways ways, MemberName me, Supplier<MonoTime> clock) {
        this.me = me;
        this.clock = clock;
        this.proxies = ways.proxies();
        this.own = ways.own();
        this.others = ways.others();
    }

    public static Heartbeats of(Ways ways, MemberName me, Supplier<MonoTime> clock) {
        Heartbeats heartbeats = new Heartbeats(ways, me, clock);
        ways.others()
                .onClients(() -> {
                    heartbeats.passOn();
                    if (heartbeats.isQuiet()) {
                        ways.bell().run();
                    }
                });
        return heartbeats;
    }

    /// What is heard of all other members that have an API, by name.
    List<Hearing> hearing(ClusterView cluster) {
        TreeMap<MemberName, String> urls = new TreeMap<>();
        for (Member member : cluster.members()) {
            if (!member.name().equals(me) && !member.apiUrl().isEmpty()) {
                urls.put(member.name(), member.apiUrl());
            }
        }
        others.follow(urls);
        return others.hearing();
    }

    /// Where streams take this node's heartbeat from.
    public HeartbeatSource own() {
        return own;
    }

    /// The proxies that are connected to this node.
    public ProxyRoll proxies() {
        return proxies;
    }

    /// What the documents tell of heartbeats. Any thread.
    public NodeStatus.Heartbeats status(Duration suspectAfter) {
        return new NodeStatus.Heartbeats(own.present(), others.hearing(), suspectAfter);
    }

    /// The loop begins or ends a cycle.
    void loopIsAlive(HaSettings settings) {
        own.loopIsAlive(bound(settings));
    }

    /// Tells the heartbeat of this view, at once when it is another one than before.
    void tell(HaView view) {
        loopIsAlive(view.settings());
        own.tell(
                Heartbeat.of(view),
                view.settings().detection().suspectAfter().dividedBy(REPETITIONS));
        remember(view);
        passOn();
    }

    /// What was decided about the clients of proxies is not kept until the next view: they wait for
    /// each other meanwhile.
    void decided(HaView view, HaMemory memory) {
        if (!memory.hold().equals(view.memory().hold())) {
            tell(view.withMemory(memory));
        }
    }

    /// Also by members that have fallen silent, which the loop stops waiting for by itself.
    private boolean isQuiet() {
        Stream<ProxyStanding> elsewhere =
                others.hearing().stream()
                        .filter(Hearing.Heard.class::isInstance)
                        .map(Hearing.Heard.class::cast)
                        .flatMap(heard -> heard.latest().clients().proxies().stream());
        return Hold.isQuiet(own.hold(), Stream.concat(proxies.standings().stream(), elsewhere));
    }

    private synchronized void remember(HaView view) {
        latest = Optional.of(view);
    }

    /// Tells proxies what is known by now: an order of the leader goes on to them as it is heard,
    /// between two views. Any thread; what it tells follows from the latest of everything, so the
    /// order of calls does not matter.
    private synchronized void passOn() {
        latest.ifPresent(view ->
                proxies.tell(
                        new ProxyRoll.Picture(
                                view.cluster(),
                                Hold.inForce(view, others.hearing(), clock.get()))));
    }

    /// For how long the latest sign of life is repeated: as long as the lease guard believes in the
    /// loop (two thirds of the ttl), so that nobody is mourned who still renews. A loop that hangs
    /// longer is a dead leader (design §3).
    static Duration bound(HaSettings settings) {
        Duration guards = settings.ttl().multipliedBy(2).dividedBy(3);
        Duration idle = settings.loopWait().plus(CYCLE);
        return guards.compareTo(idle) < 0 ? idle : guards;
    }
}

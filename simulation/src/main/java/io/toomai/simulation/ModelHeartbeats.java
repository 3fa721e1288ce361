package io.toomai.simulation;

import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The heartbeats of one agent process: what it tells the others, and what it hears. They may come
/// late and out of order; an older one never replaces a newer one.
final class ModelHeartbeats {
    private record Ear(Hearing hearing, long number) {}

    /// On its way, and nothing new: nobody is woken, so it is looked at when somebody listens.
    private record Coming(Heartbeat heartbeat, long number, long arrival) {}

    private final ModelAgent agent;
    private final World world;
    private final Agenda agenda;
    private final Map<MemberName, Ear> ears = new TreeMap<>();
    private final List<Coming> coming = new ArrayList<>();
    private Optional<Heartbeat> mine = Optional.empty();

    ModelHeartbeats(ModelAgent agent, World world) {
        this.agent = agent;
        this.world = world;
        this.agenda = world.agenda();
    }

    /// Whether this world has any: they cost events.
    static boolean areUsed(World world) {
        return world.scenario().isSynchronous();
    }

    void begin() {
        for (World.Node other : world.nodes()) {
            if (!other.name().equals(agent.name.value())) {
                ears.put(
                        new MemberName(other.name()),
                        new Ear(new Hearing.NeverHeard(new MemberName(other.name())), 0));
            }
        }
        if (areUsed(world)) {
            beat();
        }
    }

    private long step() {
        return world.scenario().settings().detection().suspectAfter().toMillis() / 5;
    }

    private void beat() {
        agent.process.after(
                step(),
                () -> {
                    mine.ifPresent(this::repeat);
                    listen();
                    beat();
                });
    }

    List<Hearing> hearing() {
        collect();
        return ears.values().stream().map(Ear::hearing).toList();
    }

    // ---- what is told

    /// Told at once when it is something else than before.
    void tell(HaView view) {
        Heartbeat next = Heartbeat.of(world.mutation().pledged(view));
        boolean same = mine.filter(next::equals).isPresent();
        boolean quiet = mine.filter(before -> saysTheSame(before, next)).isPresent();
        mine = Optional.of(next);
        if (same || !areUsed(world)) {
            return;
        }
        if (quiet) {
            repeat(next);
        } else {
            send(next);
        }
    }

    private void send(Heartbeat heartbeat) {
        long number = agenda.now() * 2 + 1;
        for (World.Node other : world.nodes()) {
            if (other.agent() != agent) {
                agenda.in(
                        world.network().delay(),
                        () -> {
                            if (world.network().reaches(agent.name.value(), other.name())) {
                                other.agent().hear(heartbeat, number);
                            }
                        });
            }
        }
    }

    private void repeat(Heartbeat heartbeat) {
        long number = agenda.now() * 2 + 1;
        for (World.Node other : world.nodes()) {
            if (other.agent() != agent
                    && other.agent().runs()
                    && world.network().reaches(agent.name.value(), other.name())) {
                long arrival = agenda.now() + world.network().delay();
                other.agent().heartbeats().coming.add(new Coming(heartbeat, number, arrival));
            }
        }
    }

    // ---- what is heard

    /// What came while the process stood still is heard when it goes on.
    private void collect() {
        coming.removeIf(c -> {
            boolean there = c.arrival() <= agenda.now();
            if (there) {
                long at = Math.max(c.arrival(), agent.process.thawed());
                heard(c.heartbeat(), c.number(), Agenda.mono(agent.clock.at(at)));
            }
            return there;
        });
    }

    void heard(Heartbeat heartbeat, long number) {
        heard(heartbeat, number, agent.clock.mono());
    }

    private void heard(Heartbeat heartbeat, long number, MonoTime at) {
        Ear before = ears.get(heartbeat.name());
        if (before == null || number < before.number()) {
            return;
        }
        ears.put(heartbeat.name(), new Ear(new Hearing.Heard(heartbeat, at), number));
        if (!saysTheSame(before.hearing(), heartbeat)) {
            agent.wake();
        }
    }

    /// Positions change all the time; who pledges and who hears whom decides about a takeover, and
    /// clients that are held wait for a switchover.
    private static boolean saysTheSame(Heartbeat before, Heartbeat heartbeat) {
        return before.pledge().equals(heartbeat.pledge())
                && before.hears().equals(heartbeat.hears())
                && before.clients().equals(heartbeat.clients());
    }

    private static boolean saysTheSame(Hearing before, Heartbeat heartbeat) {
        return before instanceof Hearing.Heard(var latest, _)
                ? saysTheSame(latest, heartbeat)
                : heartbeat.pledge().isEmpty() && heartbeat.clients().hold().isEmpty();
    }

    /// Looks who has fallen silent, and whether their hosts refuse a connection.
    private void listen() {
        collect();
        for (Map.Entry<MemberName, Ear> entry : ears.entrySet()) {
            if (!(entry.getValue().hearing() instanceof Hearing.Heard(var latest, var at))) {
                continue;
            }
            long silent = agent.clock.mono().since(at).toMillis();
            if (silent > step()) {
                World.Node other = world.node(entry.getKey().value());
                boolean reset =
                        !other.agent().runs()
                                && world.network().reaches(agent.name.value(), other.name())
                                && world.network().reaches(other.name(), agent.name.value());
                if (reset) {
                    MonoTime now = agent.clock.mono();
                    entry.setValue(
                            new Ear(
                                    new Hearing.Refused(entry.getKey(), now, Optional.of(latest)),
                                    entry.getValue().number()));
                }
                if (reset || silent > 2 * step()) {
                    agent.wake();
                }
            }
        }
    }
}

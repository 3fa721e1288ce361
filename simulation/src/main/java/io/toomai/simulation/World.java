package io.toomai.simulation;

import io.toomai.core.ha.Decision;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.SystemIdentifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A whole cluster in one thread. The same seed and mutant tell the same story.
public final class World {
    /// One machine.
    record Node(String name, ModelAgent agent, ModelPostgres postgres) {}

    private static final long QUIET_START = 180_000;
    private static final long PATIENCE = 1_800_000;

    private final long seed;
    private final Mutant mutant;
    private final Plot plot;
    private final Mutation mutation;
    private final Agenda agenda = new Agenda();
    private final Chance chance;
    private final Scenario scenario;
    private final Network network;
    private final ModelStore store;
    private final Checker checker = new Checker(this);
    private final Faults faults;
    private final Director director;
    private final Map<String, Node> nodes = new HashMap<>();
    private final List<ModelPostgres> servers = new ArrayList<>();
    private final List<Node> nodeList;
    private final Story story = new Story(agenda);
    private int systems;
    private int collisions;

    public World(long seed, Mutant mutant, Plot plot) {
        this.seed = seed;
        this.mutant = mutant;
        this.plot = plot;
        this.mutation = new Mutation(mutant);
        this.chance = new Chance(seed);
        this.scenario = Scenario.of(chance, plot, seed);
        this.network = new Network(agenda, chance);
        this.store = new ModelStore(this);
        this.faults = new Faults(this);
        this.director = new Director(this, plot);
        for (int i = 1; i <= scenario.members(); i++) {
            long drift = chance.between(-scenario.drift(), scenario.drift());
            ModelClock clock = new ModelClock(agenda, drift);
            ModelPostgres postgres = new ModelPostgres(this, new MemberName("pg" + i), clock);
            nodes.put("pg" + i, new Node("pg" + i, new ModelAgent(this, postgres), postgres));
            servers.add(postgres);
        }
        nodeList = servers.stream().map(s -> node(s.name.value())).toList();
        nodeList.forEach(n -> n.agent().boot());
        agenda.in(1000, this::clients);
    }

    /// Lives through `duration` with faults, then is repaired and must come to rest.
    ///
    /// @throws Violation at the first invariant that does not hold
    public Result run(Duration duration) {
        if (plot == Plot.FAULTS) {
            faults.begin(QUIET_START);
        }
        director.begin(QUIET_START);
        until(QUIET_START + duration.toMillis());
        faults.repair();
        long end = agenda.now() + PATIENCE;
        Optional<String> missing = unrest();
        while (missing.isPresent() && agenda.now() < end) {
            until(agenda.now() + scenario.loopWait());
            missing = unrest();
        }
        missing.ifPresent(what -> {
            nodeList.forEach(n -> tell(n.name(), n.postgres().describe()));
            tell("store", store.truth().toString());
            violated("I6", what);
        });
        return new Result(
                seed,
                agenda.now(),
                agenda.happened(),
                checker.confirmations(),
                checker.promotions(),
                checker.lostBytes(),
                collisions,
                story.digest());
    }

    /// How a world ended.
    ///
    /// @param lostBytes of confirmed WAL, by asynchronous failovers
    /// @param collisions timelines that two members made under one number, seen at the end
    /// @param digest of everything that was told
    public record Result(
            long seed,
            long millis,
            long events,
            long confirmations,
            int promotions,
            long lostBytes,
            int collisions,
            long digest) {}

    private void until(long end) {
        while (agenda.step(end)) {
            checker.look();
        }
    }

    private void clients() {
        agenda.in(chance.between(100, 900), this::clients);
        if (store.leader().isPresent() || checker.confirmed().isPresent()) {
            for (Node node : nodeList) {
                node.postgres().commits.commit();
            }
        }
    }

    /// Whether all is well at this moment.
    boolean isAtRest() {
        Optional<MemberName> leader = store.leader();
        return leader.isPresent()
                && node(leader.get().value()).postgres().run == ModelPostgres.Run.PRIMARY
                && nodeList.stream()
                        .filter(n -> !n.name().equals(leader.get().value()))
                        .allMatch(n ->
                                n.agent().runs()
                                        && n.postgres().run == ModelPostgres.Run.STANDBY
                                        && n.postgres().streaming.isReceiving());
    }

    /// What is missing until all is well.
    private Optional<String> unrest() {
        Optional<MemberName> leader = store.leader();
        if (leader.isEmpty()) {
            return Optional.of("nobody leads");
        }
        ModelPostgres primary = node(leader.get().value()).postgres();
        if (primary.run != ModelPostgres.Run.PRIMARY) {
            return Optional.of("the leader " + leader.get() + " is " + primary.run);
        }
        for (Node node : nodeList) {
            if (node.postgres() != primary
                    && (node.postgres().run != ModelPostgres.Run.STANDBY
                            || !node.postgres().streaming.isReceiving())) {
                helpAfterCollision(node, primary);
                return Optional.of(node.name() + " does not stream, it is " + node.postgres().run);
            }
        }
        for (Node node : nodeList) {
            if (node.agent().proxy().isHeld()) {
                return Optional.of("the clients of the proxy of " + node.name() + " are held");
            }
        }
        boolean alone = store.truth().sync().value().voters().isEmpty();
        return scenario.isSynchronous() && alone
                ? Optional.of("no synchronous standby")
                : Optional.empty();
    }

    /// Two members have made the same timeline number, each for itself. Nothing that is published
    /// shows it, so an operator has to look why the standby does not stream.
    private void helpAfterCollision(Node node, ModelPostgres primary) {
        if (node.postgres().run == ModelPostgres.Run.STANDBY
                && node.postgres().data.collidesWith(primary.data)) {
            collisions++;
            tell("OPERATOR", "reinitializes " + node.name() + " after a timeline collision");
            node.agent().ask(new Wish.Reinitialize(Optional.empty()));
            until(agenda.now() + 120_000);
        }
    }

    // ---- what happens, in words

    void tell(String who, String what) {
        story.tell(who, what);
    }

    void fault(Fault kind, String what) {
        story.fault(kind, what);
    }

    Story story() {
        return story;
    }

    void violated(String invariant, String what) {
        tell("CHECKER", invariant + " is violated: " + what);
        throw new Violation(
                invariant,
                what,
                story.text()
                        + "\nseed "
                        + seed
                        + ", "
                        + scenario
                        + "\nreplay: ./dev/simulate --seed "
                        + seed
                        + (mutant == Mutant.NONE ? "" : " --mutant " + mutant)
                        + (plot == Plot.FAULTS ? "" : " --plot " + plot));
    }

    // ---- the parts

    long seed() {
        return seed;
    }

    Agenda agenda() {
        return agenda;
    }

    Chance chance() {
        return chance;
    }

    Scenario scenario() {
        return scenario;
    }

    Network network() {
        return network;
    }

    ModelStore store() {
        return store;
    }

    Checker checker() {
        return checker;
    }

    Faults faults() {
        return faults;
    }

    Director director() {
        return director;
    }

    Mutation mutation() {
        return mutation;
    }

    Plot plot() {
        return plot;
    }

    boolean is(Mutant which) {
        return mutant == which;
    }

    List<Node> nodes() {
        return nodeList;
    }

    Node node(String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalStateException("no node " + name);
        }
        return node;
    }

    List<ModelPostgres> servers() {
        return servers;
    }

    void postgresEnded(MemberName name) {
        Node node = nodes.get(name.value());
        if (node != null) {
            node.agent().postgresEnded();
        }
    }

    /// Whether a working agent watches over this server.
    boolean agentGuards(MemberName name) {
        ModelAgent agent = node(name.value()).agent();
        return agent.runs()
                && !agent.process.isFrozen()
                && !agent.isPaused()
                && !agent.isReturning();
    }

    /// A wish is kept until it is done: the loop may have been about something else.
    boolean wishStays(Wish wish, Decision decision) {
        return wish instanceof Wish.ShutDown || decision.rule() == io.toomai.core.ha.Rule.TASK_RUNS;
    }

    SystemIdentifier newSystem() {
        return new SystemIdentifier(String.format("%019d", 7_400_000_000L + ++systems));
    }
}

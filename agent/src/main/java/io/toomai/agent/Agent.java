package io.toomai.agent;

import io.toomai.agent.citus.CitusGroup;
import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.hooks.Standing;
import io.toomai.agent.journal.Journal;
import io.toomai.agent.lease.LeaseFile;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.loop.CommandRunner;
import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.loop.HaLoop;
import io.toomai.agent.loop.Heartbeats;
import io.toomai.agent.loop.TaskRunner;
import io.toomai.agent.loop.Wakeup;
import io.toomai.agent.loop.WishBox;
import io.toomai.agent.proxy.NodeProxy;
import io.toomai.agent.rest.AgentNode;
import io.toomai.agent.rest.ScheduledRestarts;
import io.toomai.agent.rest.StatusBoard;
import io.toomai.agent.rest.StoreChanges;
import io.toomai.agent.server.LocalAccess;
import io.toomai.agent.server.LocalServer;
import io.toomai.agent.server.PostgresServer;
import io.toomai.agent.store.StoreConnection;
import io.toomai.agent.watchdog.Watchdog;
import io.toomai.api.NodeStatus;
import io.toomai.api.ScheduledRestart;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.peer.PeerHeartbeats;
import io.toomai.api.rest.RestServer;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.Reaper;
import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node, wired by hand, top to bottom: everything the process consists of is made here.
final class Agent {
    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    /// The level of Patroni's interface that we keep to; members read it (contract §1.3).
    static final String VERSION = "4.1.4";

    private final Path file;
    private final Map<String, String> environment;
    private final Settings settings;
    private final Supplier<MonoTime> clock = Agent::monotonic;
    private final Wakeup wakeup = new Wakeup(clock);
    private final Reaper reaper = new Reaper(clock);
    private final WishBox wishes = new WishBox(wakeup);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ServiceNotice notice;

    Agent(Path file, Map<String, String> environment, Settings settings) {
        this.file = file;
        this.environment = environment;
        this.settings = settings;
        this.notice = ServiceNotice.of(environment);
    }

    private static MonoTime monotonic() {
        return new MonoTime(System.nanoTime());
    }

    /// Asks the agent to stop and waits until it has. For the process's shutdown hook.
    void stop() {
        notice.stopping();
        wishes.stop();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Runs until the agent ends.
    Command.EndAgent run() throws IOException, InterruptedException {
        return run(PostgresServer.open(settings, clock));
    }

    /// Runs with this server.
    Command.EndAgent run(LocalServer server) throws IOException, InterruptedException {
        return run(server, Ears.OPEN, _ -> {});
    }

    /// Whether an agent hears the others' heartbeats. Where many share one process, the streams
    /// between all of them would be most of its work.
    enum Ears {
        OPEN,
        CLOSED
    }

    /// Runs with this server.
    ///
    /// @param audience told of each finished cycle, on the loop's thread
    Command.EndAgent run(LocalServer server, Ears ears, Consumer<HaLoop.Cycle> audience)
            throws IOException, InterruptedException {
        try {
            Path state = directory(settings.toomai().dataDir());
            DynamicConfig config =
                    new DynamicConfig(settings, server.major(), server.cachedConfig());
            server.configure(config.inForce().server());
            server.onExit(wakeup::knock);
            try (StoreConnection store =
                            StoreConnection.open(settings.place(), config.inForce().ha().ttl());
                    PeerClient peers = RestWiring.peerClient(settings);
                    PeerHeartbeats heard = heard(config, ears);
                    Journal journal = new Journal(state, settings.toomai().journalViews());
                    Watchdog watchdog = WatchdogWiring.watchdog(config, store.dcs(), clock);
                    LeaseGuard guard =
                            new LeaseGuard(
                                    store.dcs(),
                                    clock,
                                    new LeaseGuard.Effects(
                                            settings.name(),
                                            () -> config.inForce().ha().pause(),
                                            server::endWriting,
                                            wakeup::knock),
                                    LeaseFile.open(state.resolve("lease")),
                                    watchdog);
                    CitusGroup citus = citus(config, store.dcs(), peers, guard)) {
                Command.EndAgent end =
                        serve(
                                new Parts(
                                        server,
                                        config,
                                        store.dcs(),
                                        peers,
                                        HeartbeatWiring.heartbeats(
                                                settings, heard, state, wakeup, clock),
                                        journal,
                                        guard,
                                        citus,
                                        state,
                                        audience));
                if (end.status() == Command.ExitStatus.ASKED) {
                    guard.retire(); // PostgreSQL is stopped, or in maintenance mode
                }
                server.awaitCallbacks();
                return end;
            }
        } finally {
            ended.countDown();
        }
    }

    private CitusGroup citus(DynamicConfig config, Dcs dcs, PeerClient peers, LeaseGuard guard) {
        return new CitusGroup(
                settings.name(),
                settings.citus(),
                new CitusGroup.Surroundings(
                        dcs,
                        guard,
                        config,
                        peers,
                        LocalAccess.of(config::local)
                                .through(
                                        LocalAccess.socket(
                                                settings,
                                                Launch.DIRECT,
                                                Feature.USE_UNIX_SOCKET,
                                                which ->
                                                        config.inForce()
                                                                .server()
                                                                .postgres()
                                                                .has(which))),
                        () -> RestWiring.authorization(config.local()),
                        clock));
    }

    private PeerHeartbeats heard(DynamicConfig config, Ears ears) {
        PeerHeartbeats heard = HeartbeatWiring.heard(config, settings, wakeup, clock);
        if (ears == Ears.CLOSED) {
            heard.close();
        }
        return heard;
    }

    /// What lives as long as the agent.
    private record Parts(
            LocalServer server,
            DynamicConfig config,
            Dcs dcs,
            PeerClient peers,
            Heartbeats heartbeats,
            Journal journal,
            LeaseGuard guard,
            CitusGroup citus,
            Path state,
            Consumer<HaLoop.Cycle> audience) {}

    private Command.EndAgent serve(Parts parts) throws IOException, InterruptedException {
        StoreChanges changes = new StoreChanges();
        parts.dcs()
                .watch(event -> {
                    if (isOfMoment(event)) {
                        changes.announce();
                        wakeup.knock();
                    }
                });
        TaskRunner tasks = new TaskRunner(clock, wakeup::knock);
        try (Failsafe failsafe =
                Failsafe.open(
                        parts.state(),
                        new Failsafe.Surroundings(
                                parts.guard(),
                                tasks::state,
                                clock,
                                RestWiring.failsafeCaller(
                                        parts.config()::local, VERSION, parts.peers()),
                                wakeup::knock))) {
            return serve(parts, changes, tasks, failsafe);
        }
    }

    private Command.EndAgent serve(
            Parts parts, StoreChanges changes, TaskRunner tasks, Failsafe failsafe)
            throws InterruptedException {
        StatusBoard board =
                new StatusBoard(
                        new NodeStatus.Identity(settings.scope(), settings.name(), VERSION),
                        new StatusBoard.Sources(
                                parts.server(), parts.guard(), tasks, parts.heartbeats(), failsafe),
                        clock);
        Reload reload = new Reload(file, environment, parts.config(), parts.server(), wakeup);
        Runnable reread = () -> reread(reload);
        SignalHook.on("HUP", reread);
        AgentNode node =
                new AgentNode(
                        board,
                        parts.dcs(),
                        parts.peers(),
                        new AgentNode.Loop(
                                wishes,
                                tasks,
                                parts.config(),
                                parts.journal(),
                                wakeup,
                                parts.heartbeats().own(),
                                failsafe,
                                reread,
                                parts.citus(),
                                parts.heartbeats().proxies()),
                        changes);
        HaLoop loop = loop(parts, tasks, failsafe, board, new ScheduledRestarts(board, node));
        try (RestServer rest = RestServer.start(RestWiring.config(settings), node);
                NodeProxy proxy =
                        NodeProxy.start(
                                settings,
                                parts.dcs(),
                                parts.heartbeats().proxies(),
                                () -> reread(reload) == Reload.Outcome.TAKEN)) {
            reload.serves(rest);
            reload.serves(proxy);
            parts.guard().start();
            log.info(
                    "{} agent: started scope={} rest={} data_dir={}",
                    settings.name(),
                    settings.scope(),
                    rest.address(),
                    settings.postgresql().dataDir());
            notice.ready();
            Command.EndAgent end = runLoop(loop);
            tasks.cancel();
            return end;
        }
    }

    private HaLoop loop(
            Parts parts,
            TaskRunner tasks,
            Failsafe failsafe,
            StatusBoard board,
            ScheduledRestarts schedule) {
        CommandRunner runner =
                new CommandRunner(
                        parts.dcs(),
                        parts.server(),
                        parts.guard(),
                        tasks,
                        new CommandRunner.Loop(
                                clock,
                                parts.config()::initialJson,
                                () -> parts.config().inForce().dynamic().maxTimelinesHistory(),
                                wakeup,
                                failsafe,
                                parts.citus()::beforeStop));
        Consumer<HaLoop.Cycle> observer =
                cycle -> {
                    board.show(cycle);
                    parts.citus().saw(cycle);
                    parts.server()
                            .settled(
                                    Standing.of(
                                            cycle.view(),
                                            cycle.decision(),
                                            cycle.portrait().role()));
                    parts.server().rememberConfig(parts.config().inForce().json());
                    schedule.look();
                    reapOrphans();
                    parts.audience().accept(cycle);
                };
        return new HaLoop(
                localNode(parts.server()),
                RestWiring.addresses(settings, VERSION),
                new HaLoop.Parts(
                        parts.dcs(),
                        parts.server(),
                        parts.guard(),
                        tasks,
                        runner,
                        parts.config(),
                        wishes,
                        parts.journal(),
                        wakeup,
                        parts.heartbeats(),
                        failsafe,
                        () ->
                                board.scheduledRestart()
                                        .map(ScheduledRestart::published)
                                        .orElse(Map.of()),
                        observer),
                parts.peers(),
                clock);
    }

    /// As process 1 of a container nobody else takes the dead children of a dead postmaster.
    private void reapOrphans() {
        if (ProcessHandle.current().pid() == 1) {
            reaper.sweep();
        }
    }

    /// The loop has a thread of its own name so that dumps and logs tell it.
    private static Command.EndAgent runLoop(HaLoop loop) throws InterruptedException {
        Thread.currentThread().setName("ha-loop");
        return loop.run();
    }

    /// Members write their keys all the time; only what changes who does what wakes the loop, and
    /// who waits for the end of a switchover. Each look at the store costs its voters a write.
    private static boolean isOfMoment(DcsEvent event) {
        return switch (event) {
            case LEADER_CHANGED, CONFIG_CHANGED, FAILOVER_CHANGED, CONNECTION_CHANGED -> true;
            case SYNC_CHANGED, MEMBERS_CHANGED, STATUS_CHANGED -> false;
        };
    }

    private LocalNode localNode(LocalServer server) {
        return new LocalNode(
                settings.name(),
                settings.tags(),
                settings.bootstrap().dcsJson().isEmpty()
                        ? LocalNode.Bootstrap.NOT_CONFIGURED
                        : LocalNode.Bootstrap.CONFIGURED,
                server.canRewind() ? LocalNode.RewindTool.INSTALLED : LocalNode.RewindTool.MISSING);
    }

    private Reload.Outcome reread(Reload reload) {
        notice.reloading(clock.get());
        Reload.Outcome outcome = reload.run();
        notice.ready();
        return outcome;
    }

    private static Path directory(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        return path;
    }
}

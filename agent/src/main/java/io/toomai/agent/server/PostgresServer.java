package io.toomai.agent.server;

import io.toomai.agent.hooks.Hooks;
import io.toomai.agent.hooks.Standing;
import io.toomai.agent.server.ServerFiles.Shape;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.install.PostgresBinaries;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.observe.LocalPostgresProbe;
import io.toomai.postgres.observe.ServingWatch;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.PositionQuery;
import io.toomai.postgres.sql.ServerOperations;
import io.toomai.postgres.sql.ServerQuery;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.postgres.sql.WalReception;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The local PostgreSQL, by the parts of the postgres module. `observe` is for one thread at a
/// time; everything else may be called from any thread, long calls one at a time.
public final class PostgresServer implements LocalServer {
    private static final Logger log = LoggerFactory.getLogger(PostgresServer.class);

    private static final Duration FENCE = Duration.ofMillis(400);
    private static final Duration QUICK = Duration.ofSeconds(2);
    private static final Duration PARAMETER = Duration.ofSeconds(1);
    private static final Duration PROMOTION = Duration.ofSeconds(60);
    private static final Duration LONG = Duration.ofMinutes(30);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Command.Stop DISCARDING =
            new Command.Stop(Command.StopMode.IMMEDIATE, Command.Before.NOTHING, Optional.empty());
    private static final Command.Stop RESTARTING =
            new Command.Stop(Command.StopMode.FAST, Command.Before.CHECKPOINT, Optional.empty());

    private final Settings settings;
    private final PostgresInstall install;
    private final DataDirectory data;
    private final Postmaster postmaster;
    private final FormerServer former;
    private final PostmasterWatch watch;
    private final LocalPostgresProbe probe;
    private final ServingWatch servingWatch;
    private final PositionQuery position;
    private final ServerOperations operations;
    private final ServerOperations maintenance;
    private final ServerFiles files;
    private final Logins logins;
    private final CheckedConfiguration parameters;
    private final DataWork dataWork;
    private final PledgeKeeper pledges;
    private final PromotionMark promotion;
    private final OtherServer others;
    private final Hooks hooks;
    private final SlotKeeper slots;

    /// Held while a postmaster is spawned, so that a fence either finds it or forbids it.
    private final Object spawning = new Object();

    /// What this process made of the server. Set to primary before the permission is asked for, and
    /// read after it has ended: whoever ends leadership sees the one, or the other is refused.
    private volatile Made made = Made.STANDBY;

    private volatile Made seen = Made.PRIMARY;

    /// Whether anything can be written on the server.
    private enum Made {
        STANDBY,
        PRIMARY
    }

    private volatile ServerDetails details = ServerDetails.NONE;

    private PostgresServer(
            Settings settings,
            PostgresInstall install,
            ServerParts parts,
            Supplier<MonoTime> clock) {
        this.settings = settings;
        this.install = install;
        this.data = new DataDirectory(settings.postgresql().dataDir(), install.major());
        this.postmaster = parts.postmaster();
        this.former = new FormerServer(postmaster);
        this.watch = new PostmasterWatch(postmaster);
        this.files = new ServerFiles(settings, parts);
        SqlAccess access = parts.localAccess(settings, files::has);
        ServerQuery query =
                new ServerQuery(new LocalSql(access), parts.localReplication(settings, files::has));
        this.probe = new LocalPostgresProbe(data, postmaster, query, clock);
        this.servingWatch = new ServingWatch(access.as("Toomai probe"), data.path(), clock);
        this.position = new PositionQuery(new LocalSql(access.as("Toomai position")));
        this.operations = new ServerOperations(new LocalSql(access.as("Toomai commands")));
        this.maintenance = new ServerOperations(new LocalSql(access.as("Toomai checkpoint")));
        this.logins = parts.logins();
        this.parameters =
                CheckedConfiguration.of(install, settings.toomai().dataDir(), files::configure);
        this.others = new OtherServer(parts.users().replication(), clock);
        this.dataWork = new DataWork(settings, parts, data, files, others);
        this.pledges =
                new PledgeKeeper(
                        files,
                        postmaster,
                        data,
                        operations,
                        new WalReception(access.as("Toomai pledge")));
        this.hooks = new Hooks(settings);
        this.slots =
                new SlotKeeper(
                        settings.name(),
                        access,
                        install.major(),
                        new SlotRecord(settings.toomai().dataDir()),
                        parts.remoteAccess());
        this.promotion =
                new PromotionMark(settings.toomai().dataDir(), settings.postgresql().dataDir());
    }

    /// Finds PostgreSQL's programs and looks at the data directory; starts nothing, and ends only
    /// what a dead postmaster has left.
    ///
    /// @throws PostgresException when the programs are missing or do not fit the data
    public static PostgresServer open(Settings settings, Supplier<MonoTime> clock) {
        return open(settings, Launch.DIRECT, clock);
    }

    static PostgresServer open(Settings settings, Launch launch, Supplier<MonoTime> clock) {
        Path dataDir = settings.postgresql().dataDir();
        Optional<Integer> major =
                DurableFiles.read(dataDir.resolve("PG_VERSION"))
                        .map(String::strip)
                        .filter(text -> text.matches("[0-9]{1,3}"))
                        .map(Integer::valueOf);
        PostgresInstall install =
                new PostgresBinaries(launch, settings.postgresql().binNames())
                        .find(settings.postgresql().binDir(), major);
        major.ifPresent(m -> install.mustBe(m, dataDir));
        log.info(
                "{} postgres: version={} bin_dir={} complete={}",
                settings.name(),
                install.version(),
                install.binDir(),
                install.isComplete());
        PostgresServer server =
                new PostgresServer(settings, install, ServerParts.of(settings, install), clock);
        server.endWhatIsLeft();
        return server;
    }

    /// No decision may come for as long as the store is away, so this is done before any.
    private void endWhatIsLeft() {
        try {
            endOrphans();
        } catch (ServerException e) {
            log.warn(
                    "{}: {}; tried again with all that is done about it",
                    settings.name(),
                    e.getMessage());
        }
    }

    @Override
    public int major() {
        return install.major();
    }

    @Override
    public boolean canRewind() {
        return install.has(Tool.PG_REWIND);
    }

    @Override
    public String cachedConfig() {
        return files.cachedConfig();
    }

    @Override
    public void rememberConfig(String json) {
        files.rememberConfig(json);
    }

    // ---- observing

    @Override
    public LocalPostgres observe(Duration timeout) {
        LocalPostgres seen = slots.on(files.withRaised(promotion.on(probe.observe(timeout))));
        this.seen =
                seen instanceof LocalPostgres.Standby standby
                                && standby.replay() != LocalPostgres.Replay.PROMOTING
                        ? Made.STANDBY
                        : Made.PRIMARY;
        files.observed(seen);
        hooks.observed(seen);
        details =
                seen instanceof LocalPostgres.Primary || seen instanceof LocalPostgres.Standby
                        ? probe.lastReading().map(ServerDetails::of).orElse(ServerDetails.NONE)
                        : ServerDetails.NONE;
        watch.look();
        servingWatch.watch(watch.pidOfPrimary(seen));
        return seen;
    }

    @Override
    public Serving serving(Duration probeTimeout, Duration loopWait) {
        servingWatch.pace(ServingWatch.Pace.of(probeTimeout, loopWait));
        return servingWatch.latest();
    }

    @Override
    public ServerDetails details() {
        return details;
    }

    @Override
    public Optional<WalEnd> walEnd(Duration patience) {
        try {
            return Optional.of(position.read(patience));
        } catch (PostgresException e) {
            log.debug("the position of WAL was not told: {} code={}", e.getMessage(), e.code());
            return Optional.empty();
        }
    }

    @Override
    public void onExit(Runnable listener) {
        watch.onExit(listener);
        parameters.onChange(listener);
        servingWatch.onChange(listener);
    }

    @Override
    public void settled(Standing standing) {
        hooks.settled(standing);
    }

    @Override
    public void awaitCallbacks() throws InterruptedException {
        hooks.awaitCallbacks();
    }

    // ---- ending

    /// First the way that lets PostgreSQL say goodbye to its clients, unless it hangs; then the one
    /// that cannot fail.
    @Override
    public void fence() {
        synchronized (spawning) {
            log.debug("fencing"); // whoever spawns now has done so, or will not be permitted to
        }
        boolean runs = postmaster.find().isPresent();
        try {
            if (!servingWatch.latest().isDoubtful()) {
                postmaster.stop(Postmaster.StopMode.IMMEDIATE, FENCE, Postmaster.Escalation.NONE);
            }
            former.end(FENCE);
        } finally {
            if (runs) {
                hooks.stopped();
            }
        }
    }

    @Override
    public void endWriting() {
        if (made == Made.STANDBY && seen == Made.STANDBY) {
            log.info("PostgreSQL is a standby and goes on");
        } else {
            fence();
        }
    }

    @Override
    public void endOrphans() {
        former.endOrphans();
    }

    @Override
    public void stop(Command.Stop how) {
        boolean runs = postmaster.find().isPresent();
        end(how);
        if (runs) {
            hooks.stopped();
        }
    }

    /// A clean end waits for the operator's command first, no longer than for PostgreSQL.
    private void end(Command.Stop how) {
        if (how.before() == Command.Before.CHECKPOINT) {
            checkpoint();
        }
        Postmaster.StopMode mode =
                how.mode() == Command.StopMode.FAST
                        ? Postmaster.StopMode.FAST
                        : Postmaster.StopMode.IMMEDIATE;
        Duration patience = how.killAfter().orElse(STOP);
        if (mode == Postmaster.StopMode.FAST && postmaster.find().isPresent()) {
            hooks.beforeStop(patience);
        }
        Postmaster.Escalation last =
                how.killAfter().isPresent()
                        ? Postmaster.Escalation.FORCE
                        : Postmaster.Escalation.NONE;
        Postmaster.Stopped stopped =
                watch.whileAskedToEnd(() -> postmaster.stop(mode, patience, last));
        if (stopped == Postmaster.Stopped.STILL_RUNNING) {
            throw new ServerException(
                    "PostgreSQL did not stop within " + patience.toSeconds() + " s");
        }
    }

    // ---- configuration

    @Override
    public void configure(ServerConfiguration configuration) {
        parameters.take(configuration);
        hooks.configure(configuration.postgres());
    }

    @Override
    public void logIn(PostgresSettings reread) {
        logins.reread(reread);
    }

    @Override
    public void forceConfiguration() {
        files.forget();
    }

    @Override
    public boolean isConfigurationCurrent() {
        return files.isCurrent();
    }

    @Override
    public void applyConfiguration() {
        boolean asked = files.isForgotten(); // whoever asks for a reload gets one, as with Patroni
        if (files.renderAsObserved() == DurableFiles.Change.CHANGED || asked) {
            reload();
        }
    }

    @Override
    public void follow(Upstream upstream) {
        pledges.mustNotForbid(upstream);
        files.render(new Shape.StandbyOf(upstream));
        reload();
    }

    private void reload() {
        if (postmaster.reload()) {
            hooks.reloaded();
        }
    }

    @Override
    public Optional<Pledge> pledge() {
        return pledges.durable();
    }

    @Override
    public Optional<Pledge> provenPledge() {
        return pledges.proven();
    }

    @Override
    public void makePledge(Pledge pledge) {
        pledges.make(pledge);
    }

    @Override
    public void withdrawPledge() {
        pledges.withdraw();
    }

    @Override
    public void setSynchronousStandbyNames(String names) {
        files.renderSynchronousStandbyNames(names);
        reload();
        if (!operations.awaitParameter("synchronous_standby_names", names, PARAMETER)) {
            throw new ServerException(
                    "synchronous_standby_names did not become '"
                            + names
                            + "' in time; it is set again in the next cycle");
        }
    }

    // ---- a running server

    @Override
    public void ensureSlots(SlotPlan plan) {
        slots.carryOut(plan);
    }

    @Override
    public void resumeReplay() {
        operations.resumeReplay(QUICK);
    }

    @Override
    public List<History.Line> history(Timeline timeline) {
        return TimelineFiles.read(data.path(), timeline, settings.name());
    }

    @Override
    public void checkpoint() {
        maintenance.checkpoint(LONG);
    }

    @Override
    public void askPrePromote(Duration patience) {
        hooks.prePromote(patience);
    }

    @Override
    public void promote(Permission permission) {
        // A reload right before it may cost half a second: the startup process then sleeps through
        // the request (seen with 15).
        if (files.renderForPromotion() == DurableFiles.Change.CHANGED) {
            postmaster.reload();
        }
        slots.promoting();
        promotion.write();
        made = Made.PRIMARY;
        if (!permission.holds()) {
            throw new ServerException("leadership ended while PostgreSQL was to be promoted");
        }
        postmaster.promote();
        hooks.promoting();
        if (!operations.awaitPrimary(PROMOTION)) {
            throw new ServerException(
                    "PostgreSQL is still in recovery "
                            + PROMOTION.toSeconds()
                            + " s after it was told to promote");
        }
        pledges.withdraw();
    }

    // ---- starting

    @Override
    public void startAsStandby(Upstream upstream) {
        pledges.mustNotForbid(upstream);
        hooks.starting(MemberRole.REPLICA);
        tell(start(new Shape.StandbyOf(upstream), LONG, Permission.ALWAYS));
    }

    @Override
    public void startAsPrimary(Permission permission) {
        hooks.starting(MemberRole.PRIMARY);
        tell(start(new Shape.Primary(), LONG, permission));
        pledges.withdraw();
    }

    @Override
    public void restart(Duration timeout, Permission permission) {
        Shape same = files.observedShape();
        end(RESTARTING);
        hooks.restarting(same instanceof Shape.Primary ? MemberRole.PRIMARY : MemberRole.REPLICA);
        tell(start(same, timeout, permission));
    }

    @Override
    public void copySlots(Command.CopySlots copy, Consumer<String> progress) {
        Map<String, byte[]> states = slots.states(copy);
        Shape same = files.observedShape();
        if (states.isEmpty() || !(same instanceof Shape.StandbyOf)) {
            log.info(
                    "{} slots: {} has none of {}, nothing is copied",
                    settings.name(),
                    copy.leader().name(),
                    copy.slots());
            return;
        }
        progress.accept("restarting with " + states.keySet());
        end(RESTARTING);
        slots.install(states, data.path());
        hooks.restarting(MemberRole.REPLICA);
        tell(start(same, LONG, Permission.ALWAYS));
        log.info("{} slots: copied {}", settings.name(), states.keySet());
    }

    /// One that is not ready yet is told of after the cycle that finds it so.
    private void tell(Postmaster.Start start) {
        if (start instanceof Postmaster.Start.Ready) {
            hooks.ready();
        }
    }

    private Postmaster.Start start(Shape shape, Duration timeout, Permission permission) {
        slots.starting();
        former.mustBeGone();
        files.render(shape);
        synchronized (spawning) {
            made = shape instanceof Shape.Primary ? Made.PRIMARY : Made.STANDBY;
            if (shape instanceof Shape.Primary && !permission.holds()) {
                throw new ServerException("leadership ended while PostgreSQL was about to start");
            }
            postmaster.start(files.commandLine(shape));
        }
        watch.look();
        Postmaster.Start start = postmaster.awaitReady(timeout);
        switch (start) {
            case Postmaster.Start.Ready _ -> files.saveCopies();
            case Postmaster.Start.NotYet _ ->
                    log.info("PostgreSQL is still starting after {} s", timeout.toSeconds());
            case Postmaster.Start.Exited(var why) ->
                    throw new ServerException("PostgreSQL ended while it started: " + why);
        }
        return start;
    }

    // ---- data

    @Override
    public void bootstrap(Consumer<String> progress) {
        dataWork.bootstrap(progress);
        progress.accept("starting the new cluster");
        hooks.starting(MemberRole.PRIMARY); // it is ready for callbacks when it leads
        var _ = start(new Shape.Primary(), LONG, Permission.ALWAYS);
        pledges.withdraw();
    }

    @Override
    public void cloneFrom(Command.Source source, Consumer<String> progress) {
        pledges.mustNotForbid("copying from " + source.name());
        dataWork.cloneFrom(source, progress);
    }

    @Override
    public void restore(SystemIdentifier system, Consumer<String> progress) {
        pledges.mustNotForbid("restoring a backup");
        dataWork.restore(system, progress);
    }

    @Override
    public void rewind(Command.Source source, Consumer<String> progress) {
        pledges.mustNotForbid("rewinding from " + source.name());
        former.await(progress);
        dataWork.rewind(source, progress);
    }

    @Override
    public void replaceWithClone(Command.Source source, Consumer<String> progress) {
        pledges.mustNotForbid("copying from " + source.name());
        hooks.beforeStop(STOP);
        stop(DISCARDING);
        former.mustBeGone();
        dataWork.replaceWithClone(source, progress);
    }

    @Override
    public void discardUnfinished() {
        postmaster.kill(QUICK);
        dataWork.discardUnfinished();
    }

    @Override
    public void bootstrapFrom(Upstream remote, Consumer<String> progress) {
        dataWork.bootstrapFrom(remote, progress);
    }

    @Override
    public Optional<ServerIdentity> identity(Command.Source source) {
        return others.identity(new Endpoint(source.host(), source.port()));
    }

    @Override
    public RemoteReading readRemote(Upstream remote) {
        return others.read(remote);
    }
}

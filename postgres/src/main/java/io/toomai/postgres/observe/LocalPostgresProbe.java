package io.toomai.postgres.observe;

import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.LastRole;
import io.toomai.core.ha.LocalPostgres.StartsAs;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.config.Conninfo;
import io.toomai.postgres.data.ControlRead;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.ServerQuery;
import io.toomai.postgres.sql.ServerReading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Looks at the local PostgreSQL and says in one value what it is: files, processes and SQL
/// together. One thread owns a probe; between two looks it remembers since when the server starts
/// or does not answer.
///
/// A marker of an unfinished bootstrap or clone wins over a running server: such a server is part
/// of the unfinished work, or was left by an agent that crashed in it. Stop it before removing
/// anything.
public final class LocalPostgresProbe {
    private static final int DEFAULT_PORT = 5432;

    private final DataDirectory data;
    private final Postmaster postmaster;
    private final ServerQuery query;
    private final Supplier<MonoTime> clock;
    private Memory memory = Memory.of(0);
    private @Nullable ControlFacts lastControl;
    private @Nullable ServerReading lastReading;

    public LocalPostgresProbe(
            DataDirectory data,
            Postmaster postmaster,
            ServerQuery query,
            Supplier<MonoTime> clock) {
        this.data = data;
        this.postmaster = postmaster;
        this.query = query;
        this.clock = clock;
    }

    /// What is known of the postmaster with process number `pid`.
    ///
    /// @param troubleSince since when it does not answer; absent while it does
    private record Memory(
            long pid, LastRole role, Optional<MonoTime> troubleSince, Position position) {
        static Memory of(long pid) {
            return new Memory(pid, LastRole.UNKNOWN, Optional.empty(), Position.NONE);
        }

        Memory answered(LastRole as, Position at) {
            return new Memory(pid, as, Optional.empty(), at);
        }

        Memory troubled(MonoTime since) {
            return new Memory(pid, role, Optional.of(since), position);
        }
    }

    /// Where a standby was when its timeline was determined.
    private record Position(Lsn received, Lsn replayed, Timeline timeline) {
        static final Position NONE = new Position(Lsn.ZERO, Lsn.ZERO, Timeline.UNKNOWN);
    }

    /// The whole answer of the server behind the last `Primary` or `Standby`; for what REST shows.
    public Optional<ServerReading> lastReading() {
        return Optional.ofNullable(lastReading);
    }

    /// Looks once; returns within about the budget, whatever the server does.
    public LocalPostgres observe(Duration budget) {
        Optional<Postmaster.Running> running = postmaster.find();
        if (running.isEmpty()) {
            memory = Memory.of(0);
            lastReading = null;
            return data.inspect();
        }
        LocalPostgres files = data.inspect();
        if (files instanceof LocalPostgres.UnfinishedBootstrap
                || files instanceof LocalPostgres.UnfinishedClone) {
            return files;
        }
        if (memory.pid() != running.get().pid()) {
            memory = Memory.of(running.get().pid());
        }
        if (data.control() instanceof ControlRead.Intact(var read)) {
            lastControl = read.facts();
        }
        ControlFacts control = lastControl;
        if (control == null) {
            return files instanceof LocalPostgres.Unusable
                    ? files
                    : new LocalPostgres.Unusable("pg_control in " + data.path() + " is unreadable");
        }
        return observeRunning(running.get(), control, budget);
    }

    private LocalPostgres observeRunning(
            Postmaster.Running running, ControlFacts control, Duration budget) {
        boolean wasReady = memory.role() != LastRole.UNKNOWN || running.saysReady();
        if (!wasReady && !running.saysStopping()) {
            return starting(control);
        }
        long end = System.nanoTime() + budget.toNanos();
        try {
            ServerReading reading = query.read(budget);
            Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
            LocalPostgres seen =
                    switch (reading.side()) {
                        case ServerReading.Side.Primary primary ->
                                primary(reading, primary, control);
                        case ServerReading.Side.Standby standby ->
                                standby(reading, standby, control, left);
                    };
            lastReading = reading;
            return seen;
        } catch (PostgresException e) {
            // 57P03 without a shutdown: it recovers from the crash of one of its processes.
            if (e.code() == Code.NOT_READY && !running.saysStopping()) {
                return starting(control);
            }
            return unresponsive(running, control, e);
        }
    }

    private LocalPostgres starting(ControlFacts control) {
        MonoTime since = memory.troubleSince().orElseGet(clock);
        memory = memory.troubled(since);
        return new LocalPostgres.Starting(control, data.startsAs(), since);
    }

    private LocalPostgres unresponsive(
            Postmaster.Running running, ControlFacts control, PostgresException e) {
        MonoTime since = memory.troubleSince().orElseGet(clock);
        memory = memory.troubled(since);
        LastRole last = memory.role();
        if (last == LastRole.UNKNOWN && running.saysReady()) {
            // A standby says "ready" as well; but standby.signal goes before a promoted server
            // takes its first write.
            last = data.startsAs() == StartsAs.STANDBY ? LastRole.STANDBY : LastRole.PRIMARY;
        }
        String why =
                running.saysStopping()
                        ? "PostgreSQL is shutting down"
                        : String.valueOf(e.getMessage());
        return new LocalPostgres.Unresponsive(control, last, since, why);
    }

    private LocalPostgres primary(
            ServerReading reading, ServerReading.Side.Primary side, ControlFacts control) {
        memory = memory.answered(LastRole.PRIMARY, Position.NONE);
        return new LocalPostgres.Primary(
                facts(reading, side.timeline()),
                side.flushed(),
                reading.senders(),
                side.synchronousStandbyNames(),
                control);
    }

    private LocalPostgres standby(
            ServerReading reading,
            ServerReading.Side.Standby side,
            ControlFacts control,
            Duration left) {
        Timeline timeline = standbyTimeline(side, control, left);
        memory =
                memory.answered(
                        LastRole.STANDBY, new Position(side.received(), side.replayed(), timeline));
        boolean streaming = side.receiver().filter(r -> r.status().equals("streaming")).isPresent();
        return new LocalPostgres.Standby(
                facts(reading, timeline),
                Lsn.max(side.received(), side.replayed()),
                side.replayed(),
                upstream(side.primaryConninfo()),
                streaming ? WalReceiver.STREAMING : WalReceiver.NOT_STREAMING,
                side.replay());
    }

    /// No SQL function tells what timeline a standby is on once its WAL receiver is gone, and
    /// pg_control trails. But a standby cannot enter a timeline without its history file in pg_wal:
    /// where none is newer than what we know, what we know is right. Otherwise the server is asked.
    private Timeline standbyTimeline(
            ServerReading.Side.Standby side, ControlFacts control, Duration left) {
        Timeline known = later(control.timeline(), control.minRecoveryTimeline());
        if (side.receiver().isPresent()) {
            return later(side.receiver().get().timeline(), known);
        }
        Position before = memory.position();
        known = later(known, before.timeline());
        boolean moved =
                !before.received().equals(side.received())
                        || !before.replayed().equals(side.replayed())
                        || !before.timeline().isKnown();
        if (!moved || data.newestHistory() <= known.number()) {
            return known;
        }
        return later(query.replayTimeline(left), known);
    }

    private static Timeline later(Timeline a, Timeline b) {
        return a.isBefore(b) ? b : a;
    }

    private static ServerFacts facts(ServerReading reading, Timeline timeline) {
        return new ServerFacts(
                reading.system(),
                timeline,
                reading.serverVersion(),
                reading.startTime(),
                reading.slots(),
                reading.pendingRestart());
    }

    /// One port counts for all of several hosts, as in libpq.
    static Upstream upstream(String primaryConninfo) {
        if (primaryConninfo.isBlank()) {
            return new Upstream.None();
        }
        Conninfo conninfo = Conninfo.parse(primaryConninfo);
        String host =
                conninfo.value("host").or(() -> conninfo.value("hostaddr")).orElse("localhost");
        String[] hosts = host.split(",", -1);
        String[] ports = conninfo.value("port").orElse("").split(",", -1);
        List<Upstream.Server> servers = new ArrayList<>();
        for (int i = 0; i < hosts.length; i++) {
            servers.add(new Upstream.Server(hosts[i], port(ports[Math.min(i, ports.length - 1)])));
        }
        return servers.size() == 1 ? servers.getFirst() : new Upstream.FirstPrimaryOf(servers);
    }

    private static int port(String text) {
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : DEFAULT_PORT;
    }
}

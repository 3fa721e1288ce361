package io.toomai.cli.demo;

import io.toomai.cli.Console;
import io.toomai.cli.command.Context;
import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.demo.DemoPlan.Passwords;
import io.toomai.cli.demo.DemoPlan.Programs;
import io.toomai.cli.demo.DemoPlan.Rejoin;
import io.toomai.cli.demo.DemoPlan.Replication;
import io.toomai.cli.rest.PeerCache;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One run of the demo from the first folder to the last process. Whatever ends it, nothing is left
/// behind, except after `--detach`.
final class DemoRun {
    private static final long LOOK_MILLIS = 200;

    private final Context context;
    private final Wish wish;
    private final Console console;
    private final CountDownLatch ended = new CountDownLatch(1);
    private Optional<Path> toStop = Optional.empty();
    private Optional<Terminal> terminal = Optional.empty();

    DemoRun(Context context, Wish wish) {
        this.context = context;
        this.wish = wish;
        this.console = context.console();
    }

    /// What the command line said.
    record Wish(
            Optional<Path> folder,
            int nodes,
            OptionalInt basePort,
            Optional<Path> programs,
            Replication replication,
            Mode mode,
            Output output,
            Leftover leftover) {}

    /// What happens once the cluster is whole.
    enum Mode {
        LIVE,
        LINES,
        DETACH,
        CHECK
    }

    enum Output {
        TEXT,
        JSON
    }

    /// What becomes of a temporary folder.
    enum Leftover {
        REMOVE,
        KEEP
    }

    int run() {
        Owner owner = Owner.of(context.environment());
        Programs programs = programs(owner);
        DemoPlan plan = plan(programs);
        var cluster = new DemoCluster(plan, owner);
        var startup = new Startup(cluster, this::progress);
        Thread hook = Thread.ofPlatform().unstarted(this::stop);
        Runtime.getRuntime().addShutdownHook(hook);
        synchronized (this) {
            toStop = Optional.of(plan.folder());
        }
        boolean detached = false;
        try {
            cluster.write();
            mark(plan);
            announce(plan, startup);
            cluster.startAll();
            startup.step("started " + plan.nodes().size() + " agents");
            startup.awaitHealthy();
            startup.step("the cluster is whole");
            cluster.save();
            PeerCache.of(context.environment()).rememberDemo(plan.folder());
            int code = afterStart(cluster, startup);
            detached = wish.mode() == Mode.DETACH;
            return code;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (DemoException e) {
            if (ended.getCount() == 0) {
                return 1; // a signal ends the demo; what fails meanwhile fails because of that
            }
            throw e;
        } finally {
            if (detached) {
                synchronized (this) {
                    toStop = Optional.empty();
                }
            } else {
                stop();
            }
        }
    }

    private int afterStart(DemoCluster cluster, Startup startup) throws InterruptedException {
        if (wish.output() == Output.JSON && wish.mode() != Mode.CHECK) {
            console.line(cluster.describe().spaced());
        } else if (wish.mode() != Mode.CHECK) {
            explain(cluster.plan());
        }
        if (wish.mode() == Mode.DETACH) {
            return 0;
        }
        if (wish.output() == Output.JSON && wish.mode() == Mode.LINES) {
            ended.await();
            return 0;
        }
        var ledger = new Ledger();
        try (var writer = new Writer(cluster.plan(), ledger)) {
            writer.start();
            if (wish.mode() == Mode.CHECK) {
                boolean proven = new SelfCheck(cluster, ledger, writer, startup).run();
                startup.step(proven ? "check passed" : "check FAILED");
                return proven ? 0 : 1;
            }
            return show(cluster, ledger, writer);
        }
    }

    private int show(DemoCluster cluster, Ledger ledger, Writer writer)
            throws InterruptedException {
        if (wish.mode() == Mode.LIVE && console.kind() == Console.Kind.TERMINAL) {
            Optional<Terminal> taken = Terminal.open(console.out());
            synchronized (this) {
                terminal = taken;
            }
            if (taken.isPresent()) {
                var chronicle = new Chronicle(cluster.plan(), ledger, writer, _ -> {});
                new LiveView(cluster, ledger, chronicle, taken.get()).run();
                taken.get().close();
                chronicle.lines().forEach(console::line);
                return 0;
            }
        }
        var chronicle = new Chronicle(cluster.plan(), ledger, writer, console::line);
        while (!ended.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            chronicle.look();
        }
        return 0;
    }

    /// Ends everything; runs once, by the main thread or by a signal, whichever is first. The other
    /// waits here until it is done.
    private synchronized void stop() {
        ended.countDown();
        terminal.ifPresent(Terminal::close);
        if (toStop.isEmpty()) {
            return;
        }
        Path folder = toStop.get();
        toStop = Optional.empty();
        progress("stopping");
        if (Shutdown.stop(folder) == Shutdown.Result.KILLED) {
            progress("some processes had to be killed");
        }
        if (wish.leftover() == Leftover.KEEP) {
            progress("kept " + folder);
        } else {
            DemoStop.tidy(folder);
        }
    }

    /// Progress is for people: it never mixes with the JSON.
    private void progress(String text) {
        if (wish.output() == Output.JSON) {
            console.warn(text);
        } else {
            console.line(text);
        }
    }

    private void announce(DemoPlan plan, Startup startup) {
        startup.step("prepared " + plan.nodes().size() + " nodes in " + plan.folder());
        startup.step(
                "PostgreSQL " + plan.programs().version() + " from " + plan.programs().folder());
        if (plan.programs().rejoin() == Rejoin.CLONE) {
            startup.step("these programs lack pg_rewind: a former primary rejoins by a fresh copy");
        }
        if (plan.nodes().size() == 2) {
            startup.step("two nodes share one vote (pg1's): the loss of pg1 ends writing");
        }
    }

    private void explain(DemoPlan plan) {
        console.line("");
        console.line(
                "PGPASSWORD=%s psql 'host=%s port=%s user=%s dbname=postgres'"
                        .formatted(
                                plan.passwords().superuser().reveal(),
                                // libpq wants as many hosts as ports
                                String.join(
                                        ",",
                                        Collections.nCopies(plan.nodes().size(), DemoPlan.HOST)),
                                plan.proxyPorts(),
                                DemoPlan.SUPERUSER));
        console.line(context.program() + " list --dir " + plan.folder());
        if (wish.mode() == Mode.DETACH) {
            console.line(context.program() + " demo stop --dir " + plan.folder());
        }
    }

    private Programs programs(Owner owner) {
        if (wish.programs().isPresent()) {
            return PostgresPrograms.in(wish.programs().get());
        }
        return PostgresPrograms.newest(context.environment())
                .orElseGet(() -> {
                    Path cache =
                            owner.isOther()
                                    ? Path.of("/var/cache/toomai")
                                    : PeerCache.of(context.environment()).folder();
                    return new EmbeddedPostgres(
                                    cache, MavenCentral.of(context.environment()), this::progress)
                            .programs();
                });
    }

    private DemoPlan plan(Programs programs) {
        List<Integer> ports = Ports.free(wish.nodes() * DemoPlan.Ports.COUNT, wish.basePort());
        Path folder = folder();
        var nodes = new ArrayList<NodePlan>();
        for (int i = 0; i < wish.nodes(); i++) {
            int first = i * DemoPlan.Ports.COUNT;
            nodes.add(
                    new NodePlan(
                            i + 1,
                            folder.resolve("node" + (i + 1)),
                            new DemoPlan.Ports(
                                    ports.get(first),
                                    ports.get(first + 1),
                                    ports.get(first + 2),
                                    ports.get(first + 3),
                                    ports.get(first + 4),
                                    ports.get(first + 5))));
        }
        var random = new SecureRandom();
        var passwords =
                new Passwords(
                        password(random), password(random), password(random), password(random));
        return new DemoPlan(folder, nodes, passwords, programs, wish.replication());
    }

    private static Secret password(SecureRandom random) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return new Secret("d" + HexFormat.of().formatHex(bytes));
    }

    private Path folder() {
        try {
            if (wish.folder().isEmpty()) {
                return Files.createTempDirectory("toomai-demo-").toRealPath();
            }
            Path folder = Files.createDirectories(wish.folder().get()).toRealPath();
            try (var entries = Files.newDirectoryStream(folder, "node*")) {
                if (entries.iterator().hasNext()) {
                    throw new DemoException(
                            Code.NO_FOLDER,
                            folder
                                    + " holds the nodes of another demo: stop it with `demo stop"
                                    + " --dir`, then remove the folder or name another");
                }
            }
            return folder;
        } catch (IOException e) {
            throw new DemoException(Code.NO_FOLDER, "cannot make the folder: " + e.getMessage());
        }
    }

    /// So that whoever stops the demo knows whether the folder may go.
    private void mark(DemoPlan plan) {
        if (wish.folder().isEmpty() && wish.leftover() == Leftover.REMOVE) {
            try {
                Files.writeString(plan.folder().resolve(DemoStop.TEMPORARY), "");
            } catch (IOException e) {
                throw new DemoException(
                        Code.NO_FOLDER, "cannot write to " + plan.folder() + ": " + e.getMessage());
            }
        }
    }
}

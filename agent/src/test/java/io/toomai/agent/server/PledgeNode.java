package io.toomai.agent.server;

import io.toomai.core.FreePorts;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.os.Poll;
import io.toomai.postgres.os.ProcessTable;
import io.toomai.postgres.os.Signal;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.SqlAccess;
import io.toomai.settings.DynamicSettings;
import io.toomai.settings.EffectivePostgres;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/// A node with real PostgreSQL, carried by the agent's own class.
final class PledgeNode implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Path CHROOT = Path.of("/var/cache/toomai-test/trixie");
    private static final boolean ROOT = System.getProperty("user.name").equals("root");

    final Path directory;
    final Settings settings;
    private final Host host;
    private final MemberName name;
    private final int port = FreePorts.next();
    private final LocalSql sql;
    PostgresServer server;

    /// An installation, and how its programs are started by a user that is not root.
    record Host(Path bin, Launch launch, Path temporary) {
        @Override
        public String toString() {
            return bin.toString();
        }
    }

    static List<Host> hosts() {
        Launch user =
                ROOT
                        ? new Launch(
                                List.of(
                                        "setpriv",
                                        "--reuid=postgres",
                                        "--regid=postgres",
                                        "--init-groups"),
                                Path.of("/"))
                        : Launch.DIRECT;
        List<Host> hosts = new ArrayList<>();
        for (String bin :
                List.of("/usr/lib/postgresql/15/bin", "/var/cache/toomai-test/pg18/bin")) {
            hosts.add(new Host(Path.of(bin), user, Path.of("/tmp")));
        }
        Launch inside =
                new Launch(
                        List.of("chroot", "--userspec=postgres:postgres", CHROOT.toString()),
                        CHROOT);
        hosts.add(
                new Host(
                        CHROOT.resolve("usr/lib/postgresql/17/bin"),
                        inside,
                        CHROOT.resolve("tmp")));
        return hosts.stream()
                .filter(host -> Files.isExecutable(host.bin().resolve("postgres")))
                .filter(host -> ROOT || host.launch().equals(Launch.DIRECT))
                .toList();
    }

    PledgeNode(Host host, String name) throws IOException {
        this.host = host;
        this.name = new MemberName(name);
        this.directory = Files.createTempDirectory(host.temporary(), "toomai-pledge-");
        if (ROOT) {
            Path owner = host.launch().root().resolve("etc/passwd");
            String[] entry =
                    Files.readAllLines(owner).stream()
                            .filter(line -> line.startsWith("postgres:"))
                            .findFirst()
                            .orElseThrow()
                            .split(":", -1);
            Files.setAttribute(directory, "unix:gid", Integer.parseInt(entry[3]));
            Files.setAttribute(directory, "unix:uid", Integer.parseInt(entry[2]));
        }
        for (String made : List.of("state", "archive")) {
            Files.createDirectory(directory.resolve(made));
            DurableFiles.takeOwnerOfDirectory(directory.resolve(made));
        }
        this.settings = settings();
        this.sql =
                new LocalSql(
                        new SqlAccess(
                                new Endpoint("127.0.0.1", port),
                                "postgres",
                                Login.of("postgres", "secret"),
                                "test"));
        this.server = newAgent();
    }

    /// A process that comes after another.
    PostgresServer newAgent() {
        PostgresServer made =
                PostgresServer.open(settings, host.launch(), () -> new MonoTime(System.nanoTime()));
        made.configure(
                new ServerConfiguration(
                        EffectivePostgres.of(settings, dynamic(), made.major()),
                        ServerConfiguration.StrictSync.OFF,
                        Optional.empty(),
                        new TreeMap<>(Map.of("hot_standby_feedback", "on"))));
        server = made;
        return made;
    }

    /// Logical slots can be made, and the primary hears which rows a standby's need.
    private static DynamicSettings dynamic() {
        String json = "{\"postgresql\": {\"parameters\": {\"wal_level\": \"logical\"}}}";
        if (DynamicSettings.parse(json) instanceof DynamicSettings.Valid(var read, _)) {
            return read;
        }
        throw new AssertionError(json);
    }

    private Settings settings() {
        String archive = host.launch().inside(directory.resolve("archive"));
        String text =
                """
                scope: pledge
                name: %s
                restapi: {listen: '127.0.0.1:1'}
                bootstrap:
                  initdb: [{encoding: UTF8}, {locale: C}]
                  pg_hba:
                  - host all all 127.0.0.1/32 scram-sha-256
                  - host replication all 127.0.0.1/32 scram-sha-256
                postgresql:
                  listen: '127.0.0.1:%d'
                  data_dir: '%s/data'
                  bin_dir: '%s'
                  pgpass: '%s/pgpass'
                  parameters:
                    unix_socket_directories: ''
                    shared_buffers: 16MB
                    wal_keep_size: 64MB
                    archive_mode: 'on'
                    archive_command: 'cp %%p %s/%%f'
                  recovery_conf:
                    restore_command: 'cp %s/%%f %%p'
                  authentication:
                    superuser: {username: postgres, password: secret}
                    replication: {username: replicator, password: secret}
                watchdog: {mode: 'off'}
                toomai:
                  data_dir: '%s/state'
                  store: {voters: ['1@127.0.0.1:2:3:4']}
                """
                        .formatted(
                                name,
                                port,
                                directory,
                                host.bin(),
                                directory,
                                archive,
                                archive,
                                directory);
        if (SettingsFile.parse(text, "test", Map.of()) instanceof LoadResult.Loaded(var read, _)) {
            return read;
        }
        throw new AssertionError(SettingsFile.parse(text, "test", Map.of()));
    }

    Upstream.Server upstream() {
        return new Upstream.Server("127.0.0.1", port);
    }

    Command.Source source(SystemIdentifier system) {
        return new Command.Source(name, "127.0.0.1", port, system);
    }

    LocalPostgres observe() {
        return server.observe(LOOK);
    }

    LocalPostgres await(Predicate<LocalPostgres> expected) {
        LocalPostgres[] last = {observe()};
        if (!Poll.until(
                PATIENCE,
                () -> {
                    last[0] = observe();
                    return expected.test(last[0]);
                })) {
            throw new AssertionError(name + " is " + last[0]);
        }
        return last[0];
    }

    /// What this process copies as root is PostgreSQL's.
    void cloneFrom(Command.Source source) throws IOException {
        server.cloneFrom(source, step -> {});
        try (var copied = Files.walk(directory.resolve("data"))) {
            copied.forEach(DurableFiles::takeOwnerOfDirectory);
        }
    }

    Lsn received() {
        return ((LocalPostgres.Standby) await(LocalPostgres.Standby.class::isInstance)).received();
    }

    /// The first column of the first row, where there is one.
    String ask(String query) {
        return sql.repeatable(
                PATIENCE,
                connection -> {
                    try (var statement = connection.createStatement()) {
                        if (!statement.execute(query)) {
                            return "";
                        }
                        ResultSet row = statement.getResultSet();
                        return row.next() ? String.valueOf(row.getString(1)) : "";
                    }
                });
    }

    void killPostmaster() {
        new NativeSignals().send(postmaster(), Signal.KILL);
    }

    long postmaster() {
        return Long.parseLong(
                DurableFiles.read(directory.resolve("data/postmaster.pid"))
                        .orElseThrow()
                        .lines()
                        .findFirst()
                        .orElseThrow());
    }

    /// All of the server's processes, the postmaster among them.
    List<Long> processes() {
        return ProcessTable.all().stream()
                .filter(ProcessTable.Entry::isAlive)
                .map(ProcessTable.Entry::pid)
                .filter(pid ->
                        ProcessTable.worksIn(
                                pid, directory.resolve("data"), ProcessTable.WhenUnknown.NO))
                .toList();
    }

    /// @param signal as `kill` names it
    void signal(String signal, List<Long> pids) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        try {
            if (new ProcessBuilder(command).start().waitFor() != 0) {
                throw new IOException("could not signal " + pids);
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    /// As an operator does it, without the agent.
    void plainStart() throws IOException, InterruptedException {
        List<String> command =
                host.launch()
                        .command(
                                host.bin().resolve("pg_ctl"),
                                List.of(
                                        "start",
                                        "-w",
                                        "-D",
                                        host.launch().inside(directory.resolve("data")),
                                        "-l",
                                        host.launch().inside(directory.resolve("plain.log"))));
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("pg_ctl start failed");
        }
    }

    Optional<Lsn> flushed() {
        return observe() instanceof LocalPostgres.Primary primary
                ? Optional.of(primary.flushed())
                : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        sql.close();
        server.fence();
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}

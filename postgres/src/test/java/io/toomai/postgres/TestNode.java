package io.toomai.postgres;

import io.toomai.core.FreePorts;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.config.ConfigurationFiles;
import io.toomai.postgres.config.PrimaryConninfo;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.config.ServerConfiguration;
import io.toomai.postgres.create.CloneMethod;
import io.toomai.postgres.create.Cloning;
import io.toomai.postgres.create.ClusterBootstrap;
import io.toomai.postgres.create.PgBasebackup;
import io.toomai.postgres.create.Rewinding;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.observe.LocalPostgresProbe;
import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.os.Poll;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.ServerOperations;
import io.toomai.postgres.sql.ServerQuery;
import io.toomai.postgres.sql.SqlAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/// One node with real PostgreSQL, wired as the agent does it.
public final class TestNode implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(60);
    public static final Login SUPERUSER = Login.of("postgres", "super:se'cret\\1");
    public static final Login REPLICATION = Login.of("rep", "rep-pass");
    public static final Login REWIND = Login.of("rewind_user", "rewind-pass");

    public final TestHost host;
    public final MemberName name;
    public final Path directory;
    public final int port;
    public final ServerLayout layout;
    public final DataDirectory data;
    public final Postmaster postmaster;
    public final ConfigurationFiles files;
    public final ServerOperations operations;
    public final LocalPostgresProbe probe;
    private final LocalSql heartbeat;

    public TestNode(TestHost host, String name) {
        this(host, name, host.newDirectory());
    }

    public TestNode(TestHost host, String name, Path directory) {
        this.host = host;
        this.name = new MemberName(name);
        this.directory = directory;
        this.port = FreePorts.next();
        this.layout =
                ServerLayout.of(
                        directory.resolve("data"),
                        directory.resolve("pgpass"),
                        directory.resolve("start.log"));
        this.data = new DataDirectory(layout.dataDirectory(), host.install().major());
        this.postmaster = newPostmaster();
        this.files = new ConfigurationFiles(layout, host.install().launch());
        this.heartbeat = new LocalSql(access(SUPERUSER));
        this.operations = new ServerOperations(new LocalSql(access(SUPERUSER)));
        this.probe = newProbe(heartbeat);
    }

    public Postmaster newPostmaster() {
        return new Postmaster(layout, host.install(), new NativeSignals());
    }

    public LocalPostgresProbe newProbe(LocalSql sql) {
        return new LocalPostgresProbe(
                data, newPostmaster(), new ServerQuery(sql), () -> new MonoTime(System.nanoTime()));
    }

    public SqlAccess access(Login login) {
        return new SqlAccess(endpoint(), "postgres", login, SqlAccess.HEARTBEAT);
    }

    public Endpoint endpoint() {
        return new Endpoint("127.0.0.1", port);
    }

    public SortedMap<String, String> owned() {
        return new TreeMap<>(
                Map.of(
                        "listen_addresses", "127.0.0.1",
                        "port", Integer.toString(port),
                        "max_connections", "40",
                        "wal_log_hints", "on",
                        "wal_level", "replica"));
    }

    public ServerConfiguration configuration(Recovery recovery) {
        SortedMap<String, String> parameters = owned();
        parameters.put("unix_socket_directories", "");
        parameters.put("shared_buffers", "16MB");
        parameters.put("fsync", "off");
        parameters.put("wal_keep_size", "64MB");
        return new ServerConfiguration(
                parameters,
                List.of(
                        "host all all 127.0.0.1/32 scram-sha-256",
                        "host replication all 127.0.0.1/32 scram-sha-256"),
                List.of(),
                Optional.empty(),
                recovery);
    }

    public SystemIdentifier bootstrap() {
        return new ClusterBootstrap(layout, host.install(), data, postmaster)
                .run(bootstrapPlan(Optional.empty()), step -> {});
    }

    public ClusterBootstrap.Plan bootstrapPlan(Optional<String> script) {
        return new ClusterBootstrap.Plan(
                new ClusterBootstrap.Source.Initdb(List.of("--encoding=UTF8", "--data-checksums")),
                new ClusterBootstrap.Users(SUPERUSER, REPLICATION, REWIND),
                configuration(new Recovery.None()),
                owned(),
                script,
                Optional.empty(),
                PATIENCE);
    }

    public void start() {
        postmaster.start(owned());
        if (!(postmaster.awaitReady(PATIENCE) instanceof Postmaster.Start.Ready)) {
            throw new AssertionError("did not start: " + postmaster.lastWords());
        }
    }

    public void cloneFrom(TestNode source, SystemIdentifier system) {
        new Cloning(data, new PgBasebackup(layout, host.install()))
                .run(cloneSource(source), system, (done, total) -> {});
        follow(source);
    }

    public CloneMethod.Source cloneSource(TestNode source) {
        return new CloneMethod.Source(
                source.endpoint(), REPLICATION, Optional.empty(), List.of(), PATIENCE);
    }

    /// Writes the configuration of a standby of `upstream`.
    public io.toomai.postgres.os.DurableFiles.Change follow(TestNode upstream) {
        io.toomai.postgres.config.Pgpass.write(
                layout.pgpass(), List.of(upstream.endpoint()), REPLICATION);
        return files.apply(
                configuration(
                        new Recovery.Standby(
                                Optional.of(
                                        PrimaryConninfo.of(
                                                List.of(upstream.endpoint()),
                                                REPLICATION,
                                                new PrimaryConninfo.Standby(
                                                        name,
                                                        host.install()
                                                                .launch()
                                                                .inside(layout.pgpass()),
                                                        "postgres",
                                                        host.install().major()))),
                                Optional.empty(),
                                new TreeMap<>())));
    }

    public Rewinding.Result rewindFrom(TestNode source) {
        return new Rewinding(layout, host.install(), data)
                .run(
                        new Rewinding.Source(source.endpoint(), REWIND, "postgres"),
                        Rewinding.MissingWal.FAIL,
                        PATIENCE);
    }

    /// Looks until the node is what is expected; fails with what it is.
    public LocalPostgres await(Predicate<LocalPostgres> expected) {
        LocalPostgres[] last = {probe.observe(Duration.ofSeconds(2))};
        boolean seen =
                Poll.until(
                        PATIENCE,
                        () -> {
                            last[0] = probe.observe(Duration.ofSeconds(2));
                            return expected.test(last[0]);
                        });
        if (!seen) {
            throw new AssertionError(name + " is " + last[0] + "; " + postmaster.lastWords());
        }
        return last[0];
    }

    public void update(String text) {
        try (LocalSql sql = new LocalSql(access(SUPERUSER))) {
            sql.call(
                    Duration.ofSeconds(30),
                    connection -> {
                        try (var statement = connection.createStatement()) {
                            return statement.execute(text);
                        }
                    });
        }
    }

    @Override
    public void close() throws IOException {
        heartbeat.close();
        operations.close();
        postmaster.kill(Duration.ofSeconds(5));
        TestHost.remove(directory);
    }
}

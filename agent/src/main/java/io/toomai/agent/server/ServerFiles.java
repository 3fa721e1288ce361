package io.toomai.agent.server;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Upstream;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.config.ConfigurationFiles;
import io.toomai.postgres.config.Pgpass;
import io.toomai.postgres.config.PrimaryConninfo;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.data.ControlData;
import io.toomai.postgres.data.ControlFile;
import io.toomai.postgres.data.ControlRead;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.os.DurableFiles;
import io.toomai.settings.EffectivePostgres;
import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/// What PostgreSQL's configuration files shall say at the moment, and whether they do. All methods
/// may be called from any thread; renderings do not overlap.
final class ServerFiles {
    private static final String SYNC_NAMES = "synchronous_standby_names";

    private final Settings settings;
    private final PostgresInstall install;
    private final ServerLayout layout;
    private final ConfigurationFiles files;
    private final ServerParts parts;

    /// Until somebody has asked the server.
    private Archive archive = Archive.READ;

    private final PledgeFile pledge;

    private Optional<ServerConfiguration> wanted = Optional.empty();
    private Optional<ServerConfiguration> rendered = Optional.empty();
    private Recovery recovery = new Recovery.None();
    private String syncNames = "";
    private String remembered = "";

    ServerFiles(Settings settings, PostgresInstall install, ServerLayout layout) {
        this.settings = settings;
        this.install = install;
        this.layout = layout;
        this.files = new ConfigurationFiles(layout, install.launch());
        this.parts = ServerParts.of(settings, install);
        this.pledge = new PledgeFile(settings.toomai().dataDir());
    }

    PledgeFile pledgeFile() {
        return pledge;
    }

    synchronized void configure(ServerConfiguration configuration) {
        wanted = Optional.of(configuration);
    }

    synchronized void forget() {
        rendered = Optional.empty();
    }

    synchronized boolean isCurrent() {
        return wanted.equals(rendered);
    }

    /// A process that comes after another takes over what the server runs with.
    synchronized void observed(LocalPostgres seen) {
        if (rendered.isPresent()) {
            return;
        }
        switch (seen) {
            case LocalPostgres.Primary primary -> {
                recovery = new Recovery.None();
                syncNames = primary.synchronousStandbyNames();
            }
            case LocalPostgres.Standby standby -> recovery = standby(standby.upstream());
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ -> {}
        }
    }

    synchronized Recovery observedRecovery() {
        return recovery;
    }

    /// The recovery settings of a standby of that server.
    synchronized Recovery standby(Upstream upstream) {
        EffectivePostgres postgres = postgres();
        return switch (upstream) {
            case Upstream.None _ ->
                    new Recovery.Standby(
                            Optional.empty(), Optional.empty(), postgres.recoveryConf());
            case Upstream.Server(var host, var port) ->
                    new Recovery.Standby(
                            Optional.of(
                                    PrimaryConninfo.of(
                                            List.of(new Endpoint(host, port)),
                                            parts.users().replication(),
                                            settings.name(),
                                            install.launch().inside(layout.pgpass()),
                                            install.major())),
                            postgres.has(Feature.USE_SLOTS)
                                    ? Optional.of(settings.name().slotName())
                                    : Optional.empty(),
                            postgres.recoveryConf());
        };
    }

    /// Writes everything for this recovery.
    synchronized DurableFiles.Change render(Recovery next) {
        if (next instanceof Recovery.Standby standby) {
            syncNames = "";
            writePgpass(standby);
        }
        recovery = next;
        return write();
    }

    synchronized DurableFiles.Change renderAsObserved() {
        return write();
    }

    synchronized void renderSynchronousStandbyNames(String names) {
        syncNames = names;
        write();
    }

    /// In strict mode a new primary waits for whoever comes until the first standby is chosen,
    /// unless the decision has said already who must confirm. The archive is read again: what is in
    /// it decides the number of the new timeline.
    synchronized DurableFiles.Change renderForPromotion() {
        boolean strict = configuration().strictSync() == ServerConfiguration.StrictSync.ON;
        if (syncNames.isEmpty() && strict) {
            syncNames = "*";
        }
        // PostgreSQL removes standby.signal itself when it is promoted; taking it away before would
        // make a crash in between start as a primary without a key.
        DurableFiles.Change change =
                files.apply(full(pledge.forbidsReceiving() ? withoutUpstream(recovery) : recovery));
        recovery = new Recovery.None();
        return change;
    }

    /// Whether the running server reads an archive, which a pledge must keep it from.
    synchronized void archive(Archive next) {
        archive = next;
    }

    /// Whether `restore_command` is set, by whomever.
    enum Archive {
        NONE,
        READ
    }

    private DurableFiles.Change write() {
        DurableFiles.Change change =
                files.apply(
                        full(pledge.forbidsReceiving() ? receivingNothing(recovery) : recovery));
        rendered = wanted;
        return change;
    }

    private static Recovery withoutUpstream(Recovery recovery) {
        return switch (recovery) {
            case Recovery.Standby(_, _, var more) ->
                    new Recovery.Standby(Optional.empty(), Optional.empty(), more);
            case Recovery.None _, Recovery.Targeted _ -> recovery;
        };
    }

    /// Neither from a server nor from the archive: the position that was told with a pledge stays.
    private Recovery receivingNothing(Recovery recovery) {
        return switch (recovery) {
            case Recovery.Standby(_, _, var more) -> {
                TreeMap<String, String> parameters = new TreeMap<>(more);
                if (archive == Archive.READ) {
                    parameters.put("restore_command", "");
                }
                yield new Recovery.Standby(Optional.empty(), Optional.empty(), parameters);
            }
            case Recovery.None _, Recovery.Targeted _ -> recovery;
        };
    }

    private io.toomai.postgres.config.ServerConfiguration full(Recovery shown) {
        EffectivePostgres postgres = postgres();
        TreeMap<String, String> parameters = new TreeMap<>(postgres.parameters());
        parameters.putAll(commandLine(recovery));
        // PostgreSQL's default of 5 s is how long a replica would stay away from a new primary that
        // was not yet up at the first attempt.
        parameters.putIfAbsent("wal_retrieve_retry_interval", "500ms");
        boolean managed = !syncNames.isEmpty() || !parameters.containsKey(SYNC_NAMES);
        if (managed) {
            parameters.put(SYNC_NAMES, syncNames);
        }
        return new io.toomai.postgres.config.ServerConfiguration(
                parameters,
                postgres.pgHba().isEmpty() ? settings.bootstrap().pgHba() : postgres.pgHba(),
                postgres.pgIdent(),
                postgres.customConf(),
                shown);
    }

    private void writePgpass(Recovery.Standby standby) {
        standby.primaryConninfo()
                .ifPresent(conninfo ->
                        Pgpass.write(
                                layout.pgpass(),
                                List.of(
                                        new Endpoint(
                                                conninfo.value("host").orElse("localhost"),
                                                Integer.parseInt(
                                                        conninfo.value("port").orElse("5432")))),
                                parts.users().replication()));
    }

    /// The parameters that ALTER SYSTEM must not override. A standby refuses to start with less
    /// than its primary had, so it takes the greater value from pg_control.
    synchronized SortedMap<String, String> commandLine(Recovery forRecovery) {
        TreeMap<String, String> owned = new TreeMap<>(postgres().owned());
        if (forRecovery instanceof Recovery.Standby
                && ControlFile.read(layout.dataDirectory()) instanceof ControlRead.Intact(var c)) {
            raise(owned, "max_connections", c, l -> l.maxConnections());
            raise(owned, "max_worker_processes", c, l -> l.maxWorkerProcesses());
            raise(owned, "max_wal_senders", c, l -> l.maxWalSenders());
            raise(owned, "max_prepared_transactions", c, l -> l.maxPreparedTransactions());
            raise(owned, "max_locks_per_transaction", c, l -> l.maxLocksPerTransaction());
        }
        return owned;
    }

    private static void raise(
            SortedMap<String, String> owned,
            String name,
            ControlData control,
            ToIntFunction<ControlData.Limits> limit) {
        int least = limit.applyAsInt(control.limits());
        String now = owned.get(name);
        if (now != null && now.matches("[0-9]{1,9}") && Integer.parseInt(now) < least) {
            owned.put(name, Integer.toString(least));
        }
    }

    void saveCopies() {
        files.saveCopies();
    }

    void restoreMissing() {
        files.restoreMissing();
    }

    /// The full configuration for a new cluster.
    synchronized io.toomai.postgres.config.ServerConfiguration forBootstrap() {
        recovery = new Recovery.None();
        return full(recovery);
    }

    private ServerConfiguration configuration() {
        return wanted.orElseThrow(() -> new IllegalStateException("not configured yet"));
    }

    synchronized EffectivePostgres postgres() {
        return configuration().postgres();
    }

    // ---- the cached dynamic configuration (contract §4.1)

    private Path cache() {
        return settings.postgresql().dataDir().resolve("patroni.dynamic.json");
    }

    String cachedConfig() {
        return DurableFiles.read(cache())
                .filter(text -> !text.isBlank())
                .or(() ->
                        Optional.of(settings.bootstrap().dcsJson()).filter(text -> !text.isBlank()))
                .orElse("{}");
    }

    synchronized void rememberConfig(String json) {
        boolean hasData = Files.exists(settings.postgresql().dataDir().resolve("PG_VERSION"));
        if (hasData && !json.equals(remembered)) {
            DurableFiles.write(cache(), json);
            remembered = json;
        }
    }
}

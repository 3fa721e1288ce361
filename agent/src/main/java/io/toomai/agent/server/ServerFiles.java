package io.toomai.agent.server;

import io.toomai.core.cluster.Member.PendingValue;
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
import io.toomai.settings.StandbyCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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

    private volatile Optional<ServerConfiguration> configured = Optional.empty();
    private SortedMap<String, String> forSlots = Collections.emptySortedMap();
    private Optional<ServerConfiguration> rendered = Optional.empty();
    private Shape shape = new Shape.Primary();
    private String syncNames = "";
    private String remembered = "";

    ServerFiles(Settings settings, ServerParts parts) {
        this.settings = settings;
        this.install = parts.install();
        this.layout = parts.layout();
        this.files = new ConfigurationFiles(layout, install.launch());
        this.parts = parts;
        this.pledge = new PledgeFile(settings.toomai().dataDir());
    }

    PledgeFile pledgeFile() {
        return pledge;
    }

    synchronized void configure(ServerConfiguration configuration) {
        configured = Optional.of(configuration);
    }

    synchronized void forget() {
        rendered = Optional.empty();
    }

    /// Whether nobody knows what the files hold: at the beginning, and once they are forgotten.
    synchronized boolean isForgotten() {
        return rendered.isEmpty();
    }

    synchronized boolean isCurrent() {
        return wanted().equals(rendered);
    }

    private Optional<ServerConfiguration> wanted() {
        return configured.map(c -> c.forcing(forSlots));
    }

    /// A process that comes after another takes over what the server runs with.
    synchronized void observed(LocalPostgres seen) {
        if (seen instanceof LocalPostgres.Answering) {
            forSlots = SlotParameters.whileItHas(seen);
        }
        if (rendered.isPresent()) {
            return;
        }
        switch (seen) {
            case LocalPostgres.Primary primary -> {
                shape = new Shape.Primary();
                syncNames = primary.synchronousStandbyNames();
            }
            case LocalPostgres.Standby standby -> shape = new Shape.StandbyOf(standby.upstream());
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ -> {}
        }
    }

    /// What the files make of the server.
    sealed interface Shape {
        record Primary() implements Shape {}

        record StandbyOf(Upstream upstream) implements Shape {}
    }

    synchronized Shape observedShape() {
        return shape;
    }

    /// The recovery settings by the configuration of this moment.
    private Recovery recovery(Shape of) {
        return switch (of) {
            case Shape.Primary _ -> new Recovery.None();
            case Shape.StandbyOf(var upstream) ->
                    remote(upstream)
                            .map(r -> standby(upstream, r.primarySlotName(), remoteConf(r)))
                            .orElseGet(() ->
                                    standby(
                                            upstream,
                                            postgres().has(Feature.USE_SLOTS)
                                                    ? Optional.of(settings.name().slotName())
                                                    : Optional.empty(),
                                            postgres().recoveryConf()));
        };
    }

    private Recovery standby(
            Upstream upstream, Optional<String> slot, SortedMap<String, String> parameters) {
        List<Endpoint> servers = endpoints(upstream);
        return servers.isEmpty()
                ? new Recovery.Standby(Optional.empty(), Optional.empty(), parameters)
                : new Recovery.Standby(
                        Optional.of(
                                PrimaryConninfo.of(
                                        servers,
                                        parts.users().replication(),
                                        new PrimaryConninfo.Standby(
                                                settings.name(),
                                                install.launch().inside(layout.pgpass()),
                                                settings.postgresql().database(),
                                                install.major()))),
                        slot,
                        parameters);
    }

    private static List<Endpoint> endpoints(Upstream upstream) {
        return OtherServer.servers(upstream).stream()
                .map(s -> new Endpoint(s.host(), s.port()))
                .toList();
    }

    /// Present when that upstream is what this standby cluster follows.
    private Optional<StandbyCluster> remote(Upstream upstream) {
        return configuration()
                .remote()
                .filter(r -> r.upstream().equals(upstream))
                .map(Remote::settings);
    }

    private SortedMap<String, String> remoteConf(StandbyCluster remote) {
        TreeMap<String, String> conf = new TreeMap<>(postgres().recoveryConf());
        remote.restoreCommand().ifPresent(c -> conf.put("restore_command", c));
        remote.archiveCleanupCommand().ifPresent(c -> conf.put("archive_cleanup_command", c));
        remote.recoveryMinApplyDelay().ifPresent(c -> conf.put("recovery_min_apply_delay", c));
        return conf;
    }

    /// Writes everything for a server of that shape.
    synchronized DurableFiles.Change render(Shape next) {
        if (next instanceof Shape.StandbyOf) {
            syncNames = "";
        }
        shape = next;
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
        Recovery recovery = recovery(shape);
        DurableFiles.Change change =
                files.apply(full(pledge.forbidsReceiving() ? withoutUpstream(recovery) : recovery));
        shape = new Shape.Primary();
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
        writePassword();
        Recovery recovery = recovery(shape);
        DurableFiles.Change change =
                files.apply(
                        full(pledge.forbidsReceiving() ? receivingNothing(recovery) : recovery));
        rendered = wanted();
        return change;
    }

    /// PostgreSQL reads it whenever it connects, so a new password needs no reload.
    private void writePassword() {
        if (shape instanceof Shape.StandbyOf(var upstream)) {
            List<Endpoint> servers = endpoints(upstream);
            if (!servers.isEmpty()) {
                Pgpass.write(layout.pgpass(), servers, parts.users().replication());
            }
        }
    }

    private static Recovery withoutUpstream(Recovery recovery) {
        return switch (recovery) {
            case Recovery.Standby(_, _, var more) ->
                    new Recovery.Standby(Optional.empty(), Optional.empty(), more);
            case Recovery.None _, Recovery.Targeted _, Recovery.AsFound _ -> recovery;
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
            case Recovery.None _, Recovery.Targeted _, Recovery.AsFound _ -> recovery;
        };
    }

    private io.toomai.postgres.config.ServerConfiguration full(Recovery shown) {
        EffectivePostgres postgres = postgres();
        TreeMap<String, String> parameters = new TreeMap<>(postgres.parameters());
        parameters.putAll(configuration().forced());
        parameters.putAll(commandLine(shape));
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

    /// The parameters that ALTER SYSTEM must not override. A standby refuses to start with less
    /// than its primary had, so it takes the greater value from pg_control.
    synchronized SortedMap<String, String> commandLine(Shape of) {
        TreeMap<String, String> owned = new TreeMap<>(postgres().owned());
        if (of instanceof Shape.StandbyOf
                && ControlFile.read(layout.dataDirectory()) instanceof ControlRead.Intact(var c)) {
            raise(owned, "max_connections", c, l -> l.maxConnections());
            raise(owned, "max_worker_processes", c, l -> l.maxWorkerProcesses());
            raise(owned, "max_wal_senders", c, l -> l.maxWalSenders());
            raise(owned, "max_prepared_transactions", c, l -> l.maxPreparedTransactions());
            raise(owned, "max_locks_per_transaction", c, l -> l.maxLocksPerTransaction());
        }
        return owned;
    }

    /// The same server, whose standby waits for a restart with what it was started without.
    LocalPostgres withRaised(LocalPostgres seen) {
        return seen
                        instanceof
                        LocalPostgres.Standby(
                                var server,
                                var received,
                                var replayed,
                                var upstream,
                                var receiver,
                                var replay)
                ? new LocalPostgres.Standby(
                        server.waitingAlsoFor(raised()),
                        received,
                        replayed,
                        upstream,
                        receiver,
                        replay)
                : seen;
    }

    /// What a standby runs with because its primary had it, where less is configured: a restart
    /// after the primary's would take the configured value (contract §4.4).
    private synchronized Map<String, PendingValue> raised() {
        Map<String, PendingValue> raised = new TreeMap<>();
        if (configured.isPresent()) {
            SortedMap<String, String> configured = postgres().owned();
            commandLine(new Shape.StandbyOf(new Upstream.None()))
                    .forEach((name, value) -> {
                        String own = configured.get(name);
                        if (own != null && !own.equals(value)) {
                            raised.put(name, new PendingValue(value, own));
                        }
                    });
        }
        return raised;
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
        shape = new Shape.Primary();
        return full(new Recovery.None());
    }

    private ServerConfiguration configuration() {
        return wanted().orElseThrow(() -> new IllegalStateException("not configured yet"));
    }

    /// By the configuration in force. Waits for no file that is being written.
    boolean has(Feature feature) {
        return configured.filter(c -> c.postgres().has(feature)).isPresent();
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

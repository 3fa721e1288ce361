package io.toomai.agent.loop;

import io.toomai.agent.server.Remote;
import io.toomai.agent.server.ServerConfiguration;
import io.toomai.agent.server.SlotParameters;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.LocalNode;
import io.toomai.core.ha.RemotePrimary;
import io.toomai.core.ha.SlotRules;
import io.toomai.core.model.ByteSize;
import io.toomai.settings.DynamicSettings;
import io.toomai.settings.EffectivePostgres;
import io.toomai.settings.EffectivePostgres.Feature;
import io.toomai.settings.MethodSettings;
import io.toomai.settings.Settings;
import io.toomai.settings.SynchronousMode;
import io.toomai.settings.Warning;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The dynamic configuration in force: what the store says, where that is valid; else what was
/// valid before. Changed by the loop's thread and by a reload; what it hands out is immutable.
public final class DynamicConfig {
    private static final Logger log = LoggerFactory.getLogger(DynamicConfig.class);

    private final int majorVersion;
    private volatile Settings local;
    private volatile InForce inForce;
    private Optional<Versioned<String>> seen = Optional.empty();
    private List<Warning> told = List.of();

    /// Everything that follows from one version of the configuration.
    public record InForce(
            DynamicSettings dynamic, HaSettings ha, ServerConfiguration server, String json) {
        LocalNode.Restore restore() {
            return server.postgres().createReplicaMethods().stream()
                            .anyMatch(method -> method.is(MethodSettings.Flag.NO_LEADER))
                    ? LocalNode.Restore.POSSIBLE
                    : LocalNode.Restore.IMPOSSIBLE;
        }
    }

    /// @param json what holds until the store is read: the cached or the bootstrap configuration
    public DynamicConfig(Settings local, int majorVersion, String json) {
        this.local = local;
        this.majorVersion = majorVersion;
        this.inForce =
                switch (DynamicSettings.parse(json)) {
                    case DynamicSettings.Valid valid -> derive(valid.settings(), json);
                    case DynamicSettings.Invalid invalid -> {
                        log.warn("the cached dynamic configuration is not used: {}", invalid);
                        yield derive(DynamicSettings.defaults(), "{}");
                    }
                };
    }

    public InForce inForce() {
        return inForce;
    }

    /// The local file as it was read last.
    public Settings local() {
        return local;
    }

    /// What becomes the cluster's configuration where the store has none.
    public String initialJson() {
        return inForce.json();
    }

    /// Takes what the store holds now.
    ///
    /// @return whether anything changed
    synchronized Change take(Optional<Versioned<String>> stored) {
        if (stored.isEmpty() || stored.equals(seen)) {
            return Change.NONE;
        }
        seen = stored;
        String json = stored.get().value();
        return switch (DynamicSettings.parse(json)) {
            case DynamicSettings.Valid valid -> {
                valid.warnings().forEach(w -> log.warn("dynamic configuration: {}", w));
                InForce next = derive(valid.settings(), json);
                boolean same = next.equals(inForce);
                inForce = next;
                yield same ? Change.NONE : Change.CHANGED;
            }
            case DynamicSettings.Invalid invalid -> {
                invalid.problems()
                        .forEach(p ->
                                log.error(
                                        "the dynamic configuration in the store is not"
                                                + " valid, the one in force stays: {}."
                                                + " Correct it with edit-config",
                                        p));
                yield Change.NONE;
            }
        };
    }

    /// Takes a newly read local file.
    public synchronized void take(Settings reread) {
        local = reread;
        inForce = derive(inForce.dynamic(), inForce.json());
    }

    /// Whether the configuration in force is another one.
    enum Change {
        NONE,
        CHANGED
    }

    private InForce derive(DynamicSettings dynamic, String json) {
        EffectivePostgres postgres = EffectivePostgres.of(local, dynamic, majorVersion);
        if (!postgres.warnings().equals(told)) {
            told = postgres.warnings();
            told.forEach(w -> log.warn("{}", w));
        }
        HaSettings ha = ha(dynamic, postgres);
        boolean strict =
                ha.isSynchronous()
                        && ha.synchronousModeStrict() == HaSettings.SynchronousStrictness.STRICT;
        ServerConfiguration server =
                new ServerConfiguration(
                        postgres,
                        strict
                                ? ServerConfiguration.StrictSync.ON
                                : ServerConfiguration.StrictSync.OFF,
                        dynamic.standbyCluster().map(Remote::of),
                        dynamic.standbyCluster().isPresent()
                                ? Collections.emptySortedMap()
                                : SlotParameters.of(ha.slots(), local.tags(), majorVersion));
        return new InForce(dynamic, ha, server, json);
    }

    private static HaSettings ha(DynamicSettings d, EffectivePostgres postgres) {
        return new HaSettings(
                d.timeouts().ttl(),
                d.timeouts().loopWait(),
                d.timeouts().retryTimeout(),
                d.maximumLagOnFailover(),
                d.maximumLagOnSyncnode().orElse(new ByteSize(-1)),
                mode(d.synchronousMode()),
                d.synchronousModeStrict() == DynamicSettings.Strictness.STRICT
                        ? HaSettings.SynchronousStrictness.STRICT
                        : HaSettings.SynchronousStrictness.RELAXED,
                d.synchronousNodeCount(),
                new HaSettings.PrimaryLimits(
                        d.primaryStartTimeout(),
                        Optional.of(d.primaryStopTimeout()).filter(Duration::isPositive),
                        d.crashLimit(),
                        d.primaryRaceBackoff()),
                d.pause() == DynamicSettings.Pause.PAUSED
                        ? HaSettings.Maintenance.PAUSED
                        : HaSettings.Maintenance.OFF,
                d.checkTimeline() == DynamicSettings.TimelineCheck.REFUSE_OLDER
                        ? HaSettings.TimelineCheck.ON
                        : HaSettings.TimelineCheck.OFF,
                slots(d, postgres),
                postgres.has(Feature.USE_PG_REWIND) ? HaSettings.Rewind.ON : HaSettings.Rewind.OFF,
                divergence(postgres, Feature.REMOVE_DATA_DIRECTORY_ON_REWIND_FAILURE),
                divergence(postgres, Feature.REMOVE_DATA_DIRECTORY_ON_DIVERGED_TIMELINES),
                d.failsafeMode() == DynamicSettings.FailsafeMode.ON
                        ? HaSettings.Failsafe.ON
                        : HaSettings.Failsafe.OFF,
                new HaSettings.Detection(
                        d.takeover() == DynamicSettings.Takeover.ON
                                ? HaSettings.Takeover.ON
                                : HaSettings.Takeover.OFF,
                        d.suspectAfter(),
                        d.probeTimeout()),
                d.standbyCluster().map(Remote::of).map(r -> new RemotePrimary(r.upstream())),
                postgres.prePromote().isPresent()
                        ? HaSettings.Script.CONFIGURED
                        : HaSettings.Script.NONE,
                d.drain());
    }

    private static SlotRules slots(DynamicSettings d, EffectivePostgres postgres) {
        String kind = d.standbyCluster().isPresent() ? "standby" : "primary";
        return new SlotRules(
                postgres.has(Feature.USE_SLOTS) ? SlotRules.Use.USED : SlotRules.Use.UNUSED,
                d.memberSlotsTtl(),
                d.slots().stream()
                        .filter(slot -> slot.clusterType().filter(t -> !t.equals(kind)).isEmpty())
                        .toList(),
                d.ignoreSlots(),
                d.unknownSlots());
    }

    private static HaSettings.OnDivergence divergence(EffectivePostgres postgres, Feature key) {
        return postgres.has(key) ? HaSettings.OnDivergence.REPLACE : HaSettings.OnDivergence.KEEP;
    }

    private static HaSettings.SynchronousMode mode(SynchronousMode mode) {
        return switch (mode) {
            case OFF -> HaSettings.SynchronousMode.OFF;
            case ON -> HaSettings.SynchronousMode.ON;
            case QUORUM -> HaSettings.SynchronousMode.QUORUM;
        };
    }
}

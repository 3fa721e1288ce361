package io.toomai.api;

import io.toomai.api.NodeStatus.ClusterKind;
import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The health checks of load balancers (contract §2.2). Pure: path, query and picture in, verdict
/// out. Paths match by substring in a fixed order, as in Patroni, because balancers in the field
/// rely on odd spellings.
public final class HealthCheck {
    private static final Pattern SIZE =
            Pattern.compile("\\s*(-?\\d+(?:\\.\\d+)?)\\s*(B|kB|MB|GB|TB)?\\s*");
    private static final List<String> UNITS = List.of("B", "kB", "MB", "GB", "TB");

    private final NodeStatus status;
    private final Query query;
    private final MonoTime now;

    private HealthCheck(NodeStatus status, Query query, MonoTime now) {
        this.status = status;
        this.query = query;
        this.now = now;
    }

    /// The two answers there are.
    public enum Verdict {
        OK(200),
        UNAVAILABLE(503);

        private final int code;

        Verdict(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        static Verdict when(boolean fine) {
            return fine ? OK : UNAVAILABLE;
        }
    }

    /// What the three leader checks say at once.
    private record Leading(Verdict leader, Verdict primary, Verdict standbyLeader) {}

    /// The verdict for a path such as `/replica`; any path has one.
    public static Verdict of(String path, Query query, NodeStatus status, MonoTime now) {
        return new HealthCheck(status, query, now).resolve(path.equals("/") ? "/primary" : path);
    }

    private Verdict resolve(String path) {
        Leading leading = leading();
        if (path.contains("standby_leader") || path.contains("standby-leader")) {
            return leading.standbyLeader();
        }
        if (path.contains("leader")) {
            return leading.leader();
        }
        // style: the first word is one of Patroni's paths
        if (path.contains("master") || path.contains("primary") || path.contains("read-write")) {
            return leading.primary();
        }
        return withTags(resolveStandby(path, leading));
    }

    private Verdict resolveStandby(String path, Leading leading) {
        if (path.contains("replica")) {
            return replica();
        }
        boolean leads = leading.primary() == Verdict.OK || leading.standbyLeader() == Verdict.OK;
        if (path.contains("read-only") && !path.contains("sync") && !path.contains("quorum")) {
            return leads ? Verdict.OK : replica();
        }
        if (path.contains("health")) {
            return Verdict.when(isRunning());
        }
        if (status.cluster(now).isEmpty()) {
            return Verdict.UNAVAILABLE;
        }
        SynchronousMode confirmsAs =
                status.isSyncVoter(now) ? status.settings().synchronousMode() : SynchronousMode.OFF;
        return switch (path) {
            case "/sync", "/synchronous" -> replicaIf(confirmsAs == SynchronousMode.ON);
            case "/quorum" -> replicaIf(confirmsAs == SynchronousMode.QUORUM);
            case "/async", "/asynchronous" -> replicaIf(confirmsAs == SynchronousMode.OFF);
            case "/read-only-sync", "/read-only-synchronous" ->
                    leads ? Verdict.OK : replicaIf(confirmsAs == SynchronousMode.ON);
            case "/read-only-quorum" ->
                    leads ? Verdict.OK : replicaIf(confirmsAs == SynchronousMode.QUORUM);
            default -> Verdict.UNAVAILABLE;
        };
    }

    private Leading leading() {
        MemberRole role = status.reportedRole();
        if (status.settings().isPaused() && status.cluster(now).isEmpty()) {
            boolean primary = role == MemberRole.PRIMARY;
            boolean standbyLeader = role == MemberRole.STANDBY_LEADER;
            return new Leading(
                    Verdict.when(primary || standbyLeader),
                    Verdict.when(primary),
                    Verdict.when(standbyLeader));
        }
        if (!status.isLeader(now)) {
            return new Leading(Verdict.UNAVAILABLE, Verdict.UNAVAILABLE, Verdict.UNAVAILABLE);
        }
        return leadsStandbyCluster()
                ? new Leading(
                        Verdict.OK,
                        Verdict.UNAVAILABLE,
                        Verdict.when(
                                role == MemberRole.REPLICA || role == MemberRole.STANDBY_LEADER))
                : new Leading(Verdict.OK, Verdict.OK, Verdict.UNAVAILABLE);
    }

    private boolean leadsStandbyCluster() {
        return status.settings().kind() == ClusterKind.STANDBY && status.isLeader(now);
    }

    private Verdict replicaIf(boolean condition) {
        return condition ? replica() : Verdict.UNAVAILABLE;
    }

    private Verdict replica() {
        boolean wantedState =
                query.first("replication_state")
                        .map(status.standby().replicationState().orElse("")::equals)
                        .orElse(true);
        return Verdict.when(
                wantedState
                        && !leadsStandbyCluster()
                        && !status.tags().noloadbalance()
                        && status.reportedRole() == MemberRole.REPLICA
                        && isRunning()
                        && !isLagging());
    }

    private boolean isLagging() {
        Optional<Long> allowed = query.first("lag").flatMap(HealthCheck::bytes);
        long replayed =
                status.postgres() instanceof LocalPostgres.Standby standby
                        ? standby.replayed().bytes()
                        : 0;
        return allowed.isPresent() && leaderPosition().bytes() - replayed > allowed.get();
    }

    private Lsn leaderPosition() {
        Lsn published =
                status.cluster(now).map(cluster -> cluster.status().optime()).orElse(Lsn.ZERO);
        return Lsn.max(published, status.standby().latestEnd().orElse(Lsn.ZERO));
    }

    private boolean isRunning() {
        return status.reportedState() == MemberState.RUNNING;
    }

    private Verdict withTags(Verdict verdict) {
        for (Map.Entry<String, List<String>> wanted : query.values().entrySet()) {
            if (wanted.getKey().startsWith("tag_")
                    && !hasTag(wanted.getKey().substring(4), wanted.getValue().getFirst())) {
                return Verdict.UNAVAILABLE;
            }
        }
        return verdict;
    }

    private boolean hasTag(String name, String wanted) {
        Object actual = status.tags().values().get(name);
        return actual instanceof String text
                ? text.equals(wanted)
                : actual != null && String.valueOf(actual).toLowerCase(Locale.ROOT).equals(wanted);
    }

    /// `GET /liveness`: does the HA loop still run.
    public static Verdict liveness(NodeStatus status, MonoTime now) {
        if (status.settings().isPaused()) {
            return Verdict.OK;
        }
        boolean runningPrimary =
                status.reportedRole() == MemberRole.PRIMARY
                        && status.reportedState() == MemberState.RUNNING;
        Duration ttl = status.settings().ttl();
        Duration patience = runningPrimary ? ttl : ttl.multipliedBy(2);
        return Verdict.when(now.isBefore(status.loop().nextRun().plus(patience)));
    }

    /// `GET /readiness`: leader, or a standby that keeps up.
    public static Verdict readiness(Query query, NodeStatus status, MonoTime now) {
        return status.isLeader(now)
                ? Verdict.OK
                : new HealthCheck(status, query, now).standbyReadiness();
    }

    private Verdict standbyReadiness() {
        boolean streaming =
                status.standby().replicationState().filter("streaming"::equals).isPresent();
        if (!(status.postgres() instanceof LocalPostgres.Standby standby)
                || !isRunning()
                || !streaming) {
            return Verdict.UNAVAILABLE;
        }
        if (status.cluster(now).isEmpty() && status.standby().latestEnd().isEmpty()) {
            return Verdict.when(status.failsafe() == FailsafeState.ACTIVE);
        }
        long allowed =
                query.first("lag")
                        .flatMap(HealthCheck::bytes)
                        .orElse(status.settings().maximumLagOnFailover().bytes());
        Lsn own =
                query.first("mode").filter("write"::equals).isPresent()
                        ? standby.received()
                        : standby.replayed();
        return Verdict.when(leaderPosition().bytes() - own.bytes() <= allowed);
    }

    /// Patroni's sizes: a number, possibly with decimals, and a unit; anything else is no limit.
    private static Optional<Long> bytes(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches() || size.group(1).length() > 30) {
            return Optional.empty();
        }
        int unit = size.group(2) == null ? 0 : UNITS.indexOf(size.group(2));
        BigDecimal bytes =
                new BigDecimal(size.group(1))
                        .multiply(BigDecimal.valueOf(1024).pow(unit))
                        .setScale(0, RoundingMode.HALF_EVEN)
                        .min(BigDecimal.valueOf(Long.MAX_VALUE));
        return Optional.of(bytes.longValue());
    }
}

package io.toomai.dcs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsContractKit;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.KubernetesAccess.Api;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.dcs.kubernetes.KubernetesAccess.RoleLabels;
import io.toomai.dcs.kubernetes.KubernetesAccess.Routing;
import io.toomai.dcs.kubernetes.KubernetesAccess.Selection;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The contract against the mock API server; each test has a namespace of its own.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KubernetesContractKit extends DcsContractKit {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    static final Duration TTL = Duration.ofSeconds(8);
    static final String SCOPE = "demo";

    private final MockCluster cluster = new MockCluster(2);
    private final Map<Dcs, MemberName> members = new HashMap<>();
    private final Set<MemberName> dead = new HashSet<>();
    String namespace = "";

    @TempDir Path dir;

    abstract Mode mode();

    final MockCluster cluster() {
        return cluster;
    }

    @BeforeAll
    void begin() {
        assertThat(cluster.port(0)).isPositive();
    }

    @AfterAll
    void end() {
        cluster.close();
    }

    @BeforeEach
    final void ownNamespace() throws IOException {
        namespace = "db" + NAMESPACES.incrementAndGet();
        members.clear();
        dead.clear();
        cluster.noFaults();
        writeToken(cluster.token());
    }

    final Path tokenFile() {
        return dir.resolve("token");
    }

    final void writeToken(String token) throws IOException {
        Files.writeString(tokenFile(), token + "\n");
    }

    final Resource kind() {
        return switch (mode()) {
            case Mode.ConfigMaps _ -> Resource.CONFIG_MAPS;
            case Mode.Endpoints _ -> Resource.ENDPOINTS;
        };
    }

    final String leaderObject() {
        return switch (mode()) {
            case Mode.ConfigMaps _ -> SCOPE + "-leader";
            case Mode.Endpoints _ -> SCOPE;
        };
    }

    final KubernetesAccess settings(MemberName member, Duration ttl, Routing routing) {
        return settings(member, ttl, routing, Optional.empty());
    }

    private KubernetesAccess settings(
            MemberName member, Duration ttl, Routing routing, Optional<Integer> group) {
        return new KubernetesAccess(
                new Api(
                        "localhost",
                        cluster.port(0),
                        () -> TestTls.CLIENT,
                        tokenFile(),
                        routing,
                        Set.of(599)),
                namespace,
                SCOPE,
                member,
                ttl,
                mode(),
                new Selection(new TreeMap<>(), "cluster-name", group),
                new RoleLabels(
                        "role",
                        "primary",
                        "replica",
                        "standby",
                        Optional.of("tmp_role"),
                        Map.of("bootstrap", "yes")));
    }

    final KubernetesDcs openWith(KubernetesAccess settings) {
        MemberName member = settings.member();
        if (cluster.object(namespace, "pods", member.value()).isEmpty()) {
            cluster.put(namespace, Resource.PODS, member.value(), Json.Obj.EMPTY);
        }
        KubernetesDcs dcs = KubernetesDcs.open(settings);
        members.put(dcs, member);
        return dcs;
    }

    @Override
    protected Dcs open(MemberName member) {
        return openWith(settings(member, TTL, Routing.SERVICE));
    }

    /// Whoever makes the pods labels them.
    @Override
    protected Optional<Dcs> openGroup(int group, MemberName member) {
        Json labels =
                Json.object()
                        .put("cluster-name", SCOPE)
                        .put("citus-group", Integer.toString(group))
                        .done();
        cluster.put(
                namespace,
                Resource.PODS,
                member.value(),
                Json.object().put("metadata", Json.object().put("labels", labels).done()).done());
        return Optional.of(openWith(settings(member, TTL, Routing.SERVICE, Optional.of(group))));
    }

    @Override
    protected void abandon(Dcs dcs) {
        ((KubernetesDcs) dcs).abandon();
        dead.add(memberOf(dcs));
    }

    private MemberName memberOf(Dcs dcs) {
        return Objects.requireNonNull(members.get(dcs));
    }

    /// What an operator could do to the annotations.
    @Override
    protected void loseSession(Dcs dcs) {
        cluster.annotate(namespace, kind(), leaderObject(), Map.of("leader", Json.Null.VALUE));
        cluster.annotate(
                namespace, Resource.PODS, memberOf(dcs).value(), Map.of("status", Json.Null.VALUE));
    }

    /// Kubernetes removes the pods of a node that died. The leader's lease ends by itself.
    @Override
    protected void passTtl() {
        dead.forEach(member -> cluster.remove(namespace, Resource.PODS, member.value()));
    }

    @Override
    protected void plant(String path, String value) {
        Json text = Json.of(value);
        if (path.startsWith("members/")) {
            String pod = path.substring("members/".length());
            cluster.annotate(namespace, Resource.PODS, pod, Map.of("status", text));
            return;
        }
        switch (path) {
            case "leader" -> annotate(leaderObject(), "leader", text);
            case "initialize", "config", "history" -> annotate(SCOPE + "-config", path, text);
            case "failover" -> annotate(SCOPE + "-failover", "scheduled_at", text);
            case "sync" -> {
                annotate(SCOPE + "-sync", "sync_standby", text);
                annotate(SCOPE + "-sync", "quorum", text);
            }
            case "status" -> {
                annotate(leaderObject(), "optime", text);
                annotate(leaderObject(), "slots", text);
            }
            case "failsafe" -> annotate(leaderObject(), path, text);
            default -> annotate(SCOPE + "-" + path, path, text);
        }
    }

    final void annotate(String object, String key, Json value) {
        cluster.annotate(namespace, kind(), object, Map.of(key, value));
    }

    final StoredObject stored(DcsKey key) {
        String name = new ScopeObjects(settings(PG1, TTL, Routing.SERVICE)).of(key);
        return cluster.object(namespace, kind().plural(), name).orElseThrow();
    }

    final StoredObject leaderStored() {
        return stored(DcsKey.STATUS);
    }

    final StoredObject pod(MemberName member) {
        return cluster.object(namespace, "pods", member.value()).orElseThrow();
    }

    @Override
    protected MonoTime now() {
        return Deadline.now();
    }

    @Test
    void itsMembersCannotTakeOver() {
        assertThat(process(PG1).canTakeOver()).isFalse();
    }
}

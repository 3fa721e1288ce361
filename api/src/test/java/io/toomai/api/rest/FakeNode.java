package io.toomai.api.rest;

import io.toomai.api.GroupEvent;
import io.toomai.api.Node;
import io.toomai.api.NodeStatus;
import io.toomai.api.RestartRequest;
import io.toomai.api.Samples;
import io.toomai.api.ScheduledRestart;
import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// A node without an agent: answers what the test puts in, notes what it was asked to do. Its clock
/// moves only while somebody waits for the cluster to change.
final class FakeNode implements Node {
    final List<String> done = Collections.synchronizedList(new ArrayList<>());
    volatile NodeStatus status = Samples.leader().build();
    volatile Optional<NodeStatus> fresh = Optional.empty();
    volatile ClusterReading cluster = new ClusterReading.Read(Samples.cluster("{\"ttl\":30}"));
    volatile ClusterReading next = cluster;
    volatile ConfigAnswer config = new ConfigAnswer.Current("{\"ttl\":20}");
    volatile RestartAnswer restart = new RestartAnswer.Restarted();
    volatile Optional<ScheduledRestart> scheduled = Optional.empty();
    volatile ScheduleAnswer schedule = ScheduleAnswer.SCHEDULED;
    volatile UnscheduleAnswer unschedule = UnscheduleAnswer.DELETED;
    volatile ReinitializeAnswer reinitialize = new ReinitializeAnswer.Started();
    volatile WriteAnswer write = new WriteAnswer.Written();
    volatile FailsafeAnswer failsafe = new FailsafeAnswer.Off();
    volatile RemoteStatus peer = new RemoteStatus.Unreachable(RemoteStatus.Fault.REFUSED, "no");
    volatile CountDownLatch statusGate = new CountDownLatch(0);
    volatile HeartbeatSource heartbeats =
            new HeartbeatSource(
                    new HeartbeatLine.Sender("batman", 7), () -> new MonoTime(System.nanoTime()));
    final ProxyRoll proxies = new ProxyRoll(() -> new MonoTime(System.nanoTime()), _ -> {});
    private volatile MonoTime now = Samples.NOW;

    @Override
    public NodeStatus status() {
        return status;
    }

    @Override
    public NodeStatus freshStatus() {
        try {
            statusGate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return fresh.orElse(status);
    }

    @Override
    public MonoTime now() {
        return now;
    }

    @Override
    public ProxyRoll proxies() {
        return proxies;
    }

    @Override
    public HeartbeatSource heartbeats() {
        return heartbeats;
    }

    @Override
    public ClusterReading readCluster() {
        return cluster;
    }

    @Override
    public ClusterReading awaitClusterChange(ClusterView seen, Duration limit) {
        now = now.plus(limit);
        return next;
    }

    @Override
    public List<PeerAnswer> askPeers(List<Member> members) {
        return members.stream().map(m -> new PeerAnswer(m.name(), peer)).toList();
    }

    @Override
    public ConfigAnswer patchConfig(String json) {
        done.add("patch " + json);
        return config;
    }

    @Override
    public ConfigAnswer putConfig(String json) {
        done.add("put " + json);
        return config;
    }

    @Override
    public void reload() {
        done.add("reload");
    }

    @Override
    public RestartAnswer restart(RestartRequest request) {
        done.add("restart");
        return restart;
    }

    @Override
    public ScheduleAnswer scheduleRestart(ScheduledRestart restart) {
        done.add("schedule " + restart.at());
        scheduled = Optional.of(restart);
        return schedule;
    }

    @Override
    public UnscheduleAnswer cancelScheduledRestart() {
        return unschedule;
    }

    @Override
    public ReinitializeAnswer reinitialize(ReinitializeRequest request) {
        done.add("reinitialize " + request.runningTask() + " " + request.source());
        return reinitialize;
    }

    @Override
    public WriteAnswer writeFailover(FailoverRequest request) {
        done.add("failover " + request.leader() + " " + request.candidate());
        return write;
    }

    @Override
    public WriteAnswer clearFailover(long revision) {
        done.add("clear " + revision);
        return write;
    }

    @Override
    public List<String> journal(int limit) {
        return List.of("one", "two", "three");
    }

    @Override
    public FailsafeView failsafe() {
        return new FailsafeView.Members(Map.of("pg1", "http://127.0.0.1:8008/patroni"));
    }

    @Override
    public FailsafeAnswer acceptFailsafe(FailsafeCall call) {
        done.add("failsafe " + call.name() + " " + call.slots());
        return failsafe;
    }

    @Override
    public List<String> neighbours() {
        return List.of();
    }

    @Override
    public void tell(GroupEvent event) {
        done.add("tell " + event.json());
    }

    static FailsafeAnswer accepted() {
        return new FailsafeAnswer.Accepted(Optional.of(new Lsn(77)));
    }
}

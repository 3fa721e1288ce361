package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.LeaderResult.Refused;
import io.toomai.dcs.consul.ConsulDcsSettings.Access;
import io.toomai.dcs.consul.ConsulDcsSettings.Consistency;
import io.toomai.dcs.http.HttpRequest.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions that end before their time while their holder may count on them (decision 0018).
class ConsulEarlyEndIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final MemberName PG1 = new MemberName("pg1");

    @TempDir private Path dir;

    private static ConsulDcs open(ConsulServers servers, String member, List<String> checks) {
        return ConsulDcs.open(
                new ConsulDcsSettings(
                        servers.endpoint(0),
                        new Access(Optional.empty(), Optional.empty(), Consistency.STALE),
                        checks,
                        ConsulServers.NO_TLS,
                        "service/early",
                        new MemberName(member),
                        ConsulServers.TTL,
                        Optional.empty()));
    }

    private static void put(ConsulServers servers, String target, String body) throws Exception {
        assertThat(servers.ask(0, Method.PUT, target, body).status()).isEqualTo(200);
    }

    /// What ends the session of the holder.
    private interface Harm {
        void done() throws Exception;
    }

    private static void hearsOfLeader(Queue<DcsEvent> heard) {
        await().atMost(Duration.ofSeconds(60)).until(() -> heard.contains(DcsEvent.LEADER_CHANGED));
        heard.clear();
    }

    /// The last thing that the holder heard of Consul is a renewal.
    private static void takenOnlyAfterTheLease(ConsulDcs holder, ConsulDcs other, Harm harm)
            throws Exception {
        Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
        other.watch(heard::add);
        assertThat(holder.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
        hearsOfLeader(heard);
        Held last = (Held) holder.renewLeader(TIMEOUT);
        harm.done();
        hearsOfLeader(heard);
        assertThat(other.read(ReadMode.LINEARIZABLE, TIMEOUT).leader())
                .isInstanceOf(LeaderKey.Vacant.class);
        assertThat(other.acquireLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
        hearsOfLeader(heard); // now it is worth a try
        LeaderResult taken = other.acquireLeader(TIMEOUT);
        assertThat(taken).isInstanceOf(Held.class);
        assertThat(((Held) taken).countsFrom().since(last.countsFrom()))
                .isGreaterThanOrEqualTo(holder.grantedTtl());
    }

    @Test
    void aNodeThatLeavesTheCatalogue() throws Exception {
        try (ConsulServers servers = ConsulServers.start(dir, 1);
                ConsulDcs holder = open(servers, "pg1", List.of());
                ConsulDcs other = open(servers, "pg2", List.of())) {
            takenOnlyAfterTheLease(
                    holder,
                    other,
                    () -> {
                        put(servers, "catalog/deregister", "{\"Node\":\"c0\"}");
                        // The agent itself comes back to it within a minute.
                        put(
                                servers,
                                "catalog/register",
                                "{\"Node\":\"c0\",\"Address\":\"127.0.0.1\"}");
                    });
        }
    }

    @Test
    void aCheckThatFails() throws Exception {
        try (ConsulServers servers = ConsulServers.start(dir, 1)) {
            put(
                    servers,
                    "agent/check/register",
                    "{\"ID\":\"disk\",\"Name\":\"disk\",\"TTL\":\"600s\",\"Status\":\"passing\"}");
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            servers.ask(0, Method.GET, "health/node/c0", "")
                                    .body()
                                    .contains("disk"));
            try (ConsulDcs holder = open(servers, "pg1", List.of("disk"));
                    ConsulDcs other = open(servers, "pg2", List.of())) {
                takenOnlyAfterTheLease(
                        holder, other, () -> put(servers, "agent/check/fail/disk", ""));
            }
        }
    }
}

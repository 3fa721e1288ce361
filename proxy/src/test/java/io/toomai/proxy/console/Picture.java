package io.toomai.proxy.console;

import io.toomai.proxy.pool.Statistics.Totals;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A proxy with one of everything.
public class Picture implements Overview {
    static final Instant THEN = Instant.parse("2026-11-22T11:26:15Z");

    @Override
    public List<DatabaseLine> databases() {
        return List.of(
                new DatabaseLine(
                        "shop",
                        Optional.of("10.0.0.1,10.0.0.2"),
                        5432,
                        "shopdb",
                        Optional.empty(),
                        Optional.of("transaction"),
                        Optional.of("round-robin"),
                        new DatabaseNumbers(20, 1, 2, 3600, 50, 7, 0, 3),
                        Service.of(true, false)));
    }

    @Override
    public List<PoolLine> pools() {
        return List.of(
                new PoolLine(
                        "shop",
                        "ann",
                        new ClientNumbers(3, 2, 1, 0),
                        new ServerNumbers(2, 0, 0, 4, 1, 0, 1),
                        2_500_001,
                        "transaction",
                        Optional.empty(),
                        new ListenNumbers(2, 1)));
    }

    @Override
    public List<SocketLine> clients() {
        return List.of(socket(Side.CLIENT, 17, "active", Optional.of(4L)));
    }

    @Override
    public Map<Alike, Integer> clientsAlike() {
        return Map.of(new Alike("shop", "ann", "psql", "active"), 3);
    }

    @Override
    public List<SocketLine> logins() {
        return List.of();
    }

    @Override
    public List<SocketLine> servers() {
        return List.of(socket(Side.SERVER, 4, "active", Optional.of(17L)));
    }

    private static SocketLine socket(Side side, long id, String state, Optional<Long> link) {
        return new SocketLine(
                side,
                id,
                "ann",
                "shop",
                state,
                "none",
                new Address("10.0.0.9", 40210),
                new Address("10.0.0.1", 6432),
                THEN,
                THEN,
                1_000_504,
                Closing.NO,
                link,
                0,
                "",
                "psql",
                2);
    }

    @Override
    public int clientCount() {
        return clients().size();
    }

    @Override
    public int serverCount() {
        return servers().size();
    }

    @Override
    public List<UserLine> users() {
        return List.of(
                new UserLine(
                        "ann", Optional.of(5), Optional.empty(), Optional.empty(), 0, 7, 0, 3));
    }

    @Override
    public List<TrafficLine> traffic() {
        return List.of(
                new TrafficLine(
                        "shop",
                        new Totals(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                        new Totals(21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)));
    }

    @Override
    public List<LatencyLine> latencies() {
        return List.of(
                new LatencyLine(
                        "shop",
                        "ann",
                        Taking.QUERY,
                        new TreeMap<>(Map.of("0.5", 900L, "0.99", 12_000L)),
                        5_000_000,
                        4000));
    }

    @Override
    public List<PeerLine> peers() {
        return List.of();
    }

    @Override
    public List<SettingLine> settings() {
        return List.of(new SettingLine("listen_port", "6432", "6432", Changeable.NO));
    }

    @Override
    public List<PinLine> pins() {
        return List.of(
                pin(17, Pin.IDLE_TRANSACTION, Pin.IDLE_TRANSACTION.text()),
                pin(18, Pin.SESSION, "session pooling; its server keeps for it: LISTEN"),
                pin(19, Pin.SESSION, "session pooling"));
    }

    private static PinLine pin(long client, Pin reason, String why) {
        Address remote = new Address("10.0.0.9", 40210);
        return new PinLine(client, "shop", "ann", remote, "pg1", 4711, reason, why, 42);
    }

    @Override
    public List<RouteLine> routes() {
        return List.of(
                new RouteLine("pg1", "10.0.0.1", 5432, "primary", "running", "ready", 0, 3),
                new RouteLine("pg2", "10.0.0.2", 5432, "replica", "running", "drain", -1, 0));
    }

    @Override
    public List<WayLine> ways() {
        Standing up = new Standing(Stand.UP, 100_000, 1, 12);
        Standing passed = new Standing(Stand.PASSED_BY, 40, 0, 40);
        Standing drained = new Standing(Stand.DRAIN, 40, 1, 40);
        Totals total = new Totals(1, 2, 3, 4096, 5_000_000, 6, 7, 8, 9, 10, 11, 12);
        return List.of(
                new WayLine(
                        "write",
                        5000,
                        100,
                        new ClientNumbers(3, 2, 0, 0),
                        2_500_001,
                        total,
                        up,
                        List.of(
                                stop("pg1", "primary", "", up),
                                stop("pg2", "replica", "it is not the primary", passed))),
                new WayLine(
                        "read",
                        5001,
                        100,
                        new ClientNumbers(0, 1, 0, 0),
                        0,
                        Totals.NONE,
                        new Standing(Stand.DOWN, 40, 1, 40),
                        List.of(stop("pg2", "replica", "an operator drains it, \"so\"", drained))));
    }

    private static StopLine stop(String name, String role, String why, Standing standing) {
        boolean isPrimary = role.equals("primary");
        return new StopLine(
                name,
                "10.0.0.1",
                5432,
                role,
                Rank.ACTIVE,
                100,
                isPrimary ? 0 : 20_480,
                why,
                new StopNumbers(isPrimary ? 3 : 0, isPrimary ? 2 : 0),
                standing);
    }

    @Override
    public List<PauseLine> pauses() {
        return List.of();
    }

    @Override
    public List<HostLine> hosts() {
        return List.of();
    }

    @Override
    public Condition condition() {
        return Condition.PAUSED;
    }

    @Override
    public List<MemoryLine> memory() {
        return List.of();
    }
}

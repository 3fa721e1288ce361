package io.toomai.api.heartbeat;

import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeSet;

/// One line of `GET /heartbeats`. Members of other versions read it: fields are only ever added,
/// unknown ones are skipped, and what is missing reads as what claims least.
///
/// @param count grows with each change of the heartbeat; repetitions have the same
public record HeartbeatLine(Sender sender, long count, Heartbeat heartbeat) {
    private static final String NAME = "name";
    private static final String TROUBLE = "trouble";
    private static final String HOLD = "hold";
    private static final String PROXIES = "proxies";

    /// Which process of which cluster tells it.
    ///
    /// @param boot grows with each start of the agent of one member; 0 when not told
    public record Sender(String scope, long boot) {}

    /// Whether the other line was told before this one.
    public boolean isAfter(HeartbeatLine other) {
        return sender.boot() == other.sender.boot()
                ? count > other.count
                : sender.boot() > other.sender.boot();
    }

    /// The line without its end.
    public String write() {
        JsonFields line = Json.object();
        line.put("scope", sender.scope());
        line.put(NAME, heartbeat.name().value());
        line.put("boot", sender.boot());
        line.put("count", count);
        line.put("standing", word(heartbeat.standing()));
        line.put("position", heartbeat.position().bytes());
        line.put("timeline", heartbeat.timeline().number());
        line.put("eligible", heartbeat.eligibility() == PeerStatus.Eligibility.ELIGIBLE);
        line.put("failover_priority", heartbeat.failoverPriority());
        line.put("hears", names(heartbeat));
        heartbeat.pledge().ifPresent(pledge -> line.put("pledge", pledge(pledge)));
        heartbeat.trouble().ifPresent(trouble -> line.put(TROUBLE, trouble.text()));
        heartbeat.clients().hold().ifPresent(request -> line.put(HOLD, request));
        if (!heartbeat.clients().proxies().isEmpty()) {
            line.put(
                    PROXIES,
                    new Json.Arr(
                            heartbeat.clients().proxies().stream()
                                    .map(HeartbeatLine::proxy)
                                    .toList()));
        }
        return line.done().spaced();
    }

    /// The members that the sender hears.
    public static Json names(Heartbeat heartbeat) {
        return Json.texts(heartbeat.hears().stream().map(MemberName::value));
    }

    /// A pledge as every document shows it.
    public static Json pledge(Pledge pledge) {
        return Json.object()
                .put("leader", pledge.leader().value())
                .put("term", pledge.term())
                .put("sync_revision", pledge.syncRevision())
                .done();
    }

    private static Json proxy(ProxyStanding proxy) {
        JsonFields fields = Json.object();
        fields.put(NAME, proxy.name());
        proxy.holds().ifPresent(request -> fields.put(HOLD, request));
        return fields.put("open", proxy.open()).done();
    }

    private static ProxyStanding proxy(Json proxy) {
        return new ProxyStanding(
                proxy.textAt(NAME), proxy.longAt(HOLD), (int) number(proxy, "open"));
    }

    private static String word(PeerStatus.Standing standing) {
        return switch (standing) {
            case PRIMARY -> "primary";
            case STANDBY -> "standby";
            case NOT_RUNNING -> "not running";
        };
    }

    /// What the text tells; empty when it is no heartbeat.
    public static Optional<HeartbeatLine> read(String text) {
        try {
            return Json.parseObject(text).flatMap(HeartbeatLine::read);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name or a number that cannot be one
        }
    }

    private static Optional<HeartbeatLine> read(Json.Obj line) {
        return line.scalarAt(NAME)
                .map(name ->
                        new HeartbeatLine(
                                new Sender(line.textAt("scope"), number(line, "boot")),
                                number(line, "count"),
                                heartbeat(new MemberName(name), line)));
    }

    private static Heartbeat heartbeat(MemberName name, Json line) {
        TreeSet<MemberName> hears = new TreeSet<>();
        line.at("hears").items().forEach(other -> hears.add(new MemberName(other.scalar())));
        return new Heartbeat(
                name,
                standing(line.textAt("standing")),
                new Lsn(number(line, "position")),
                new Timeline((int) number(line, "timeline")),
                line.isTrueAt("eligible")
                        ? PeerStatus.Eligibility.ELIGIBLE
                        : PeerStatus.Eligibility.NOFAILOVER,
                number(line, "failover_priority"),
                hears,
                pledge(line.at("pledge")),
                trouble(line.textAt(TROUBLE)),
                new Heartbeat.Clients(
                        line.longAt(HOLD),
                        line.at(PROXIES).items().stream().map(HeartbeatLine::proxy).toList()));
    }

    private static Optional<Serving.Trouble> trouble(String text) {
        return Arrays.stream(Serving.Trouble.values())
                .filter(trouble -> trouble.text().equals(text))
                .findFirst();
    }

    private static PeerStatus.Standing standing(String word) {
        for (PeerStatus.Standing standing : PeerStatus.Standing.values()) {
            if (word(standing).equals(word)) {
                return standing;
            }
        }
        return PeerStatus.Standing.NOT_RUNNING;
    }

    /// A pledge that lacks a part promises nothing.
    private static Optional<Pledge> pledge(Json pledge) {
        return pledge.longAt("term").isPresent() && pledge.longAt("sync_revision").isPresent()
                ? pledge.scalarAt("leader")
                        .map(leader ->
                                new Pledge(
                                        new MemberName(leader),
                                        number(pledge, "term"),
                                        number(pledge, "sync_revision")))
                : Optional.empty();
    }

    private static long number(Json object, String name) {
        return object.longAt(name).orElse(0);
    }
}

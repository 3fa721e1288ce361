package io.toomai.api.peer;

import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// What is heard of one peer, and what of it was made known already. Knows nothing of sockets.
/// Thread safe.
final class PeerHearing {
    /// A process that says nothing for so long has no say about who speaks for it: boots are
    /// numbered by the peer's clock and disk, both of which may be lost.
    static final Duration OUTDATED = Duration.ofSeconds(30);

    private final MemberName name;
    private Optional<Arrival> latest = Optional.empty();
    private Optional<MonoTime> refusedSince = Optional.empty();
    private Speaking speaking = Speaking.NOT_KNOWN;
    private Silence announced = Silence.NONE;

    private record Arrival(HeartbeatLine line, MonoTime at) {}

    private enum Speaking {
        NOT_KNOWN,
        HEARTBEATS
    }

    /// How far a silence has grown.
    private enum Silence {
        NONE,
        HALF,
        WHOLE
    }

    /// Whether the HA loop has to look.
    enum News {
        NONE,
        KNOCK,
        /// Proxies may have to be told something at once; the loop looks if it waits for them.
        CLIENTS,
        /// Both.
        KNOCK_AND_CLIENTS
    }

    PeerHearing(MemberName name) {
        this.name = name;
    }

    synchronized Hearing now() {
        Optional<Heartbeat> last = latest.map(arrival -> arrival.line().heartbeat());
        if (refusedSince.isPresent()) {
            return new Hearing.Refused(name, refusedSince.get(), last);
        }
        return latest.<Hearing>map(
                        arrival -> new Hearing.Heard(arrival.line().heartbeat(), arrival.at()))
                .orElseGet(() -> new Hearing.NeverHeard(name));
    }

    /// A line arrived. One of an older process, or older than another of the same, does not count.
    synchronized News received(HeartbeatLine line, MonoTime at) {
        boolean old =
                latest.filter(arrival ->
                                arrival.line().isAfter(line)
                                        && at.since(arrival.at()).compareTo(OUTDATED) < 0)
                        .isPresent();
        if (old) {
            return News.NONE;
        }
        boolean same = latest.filter(a -> saysTheSame(a.line(), line)).isPresent();
        boolean clients = saysOtherwiseOfClients(line, latest);
        boolean plainFirst = latest.isEmpty() && line.heartbeat().pledge().isEmpty();
        latest = Optional.of(new Arrival(line, at));
        refusedSince = Optional.empty();
        announced = Silence.NONE;
        boolean quiet = same || plainFirst;
        if (clients) {
            return quiet ? News.CLIENTS : News.KNOCK_AND_CLIENTS;
        }
        return quiet ? News.NONE : News.KNOCK;
    }

    /// Positions change all the time; who pledges and who hears whom decides about a takeover.
    private static boolean saysTheSame(HeartbeatLine before, HeartbeatLine line) {
        return before.heartbeat().pledge().equals(line.heartbeat().pledge())
                && before.heartbeat().hears().equals(line.heartbeat().hears());
    }

    /// What a leader orders of proxies, and what proxies answer, is waited for by clients.
    private static boolean saysOtherwiseOfClients(HeartbeatLine line, Optional<Arrival> before) {
        return !before.map(arrival -> arrival.line().heartbeat().clients())
                .orElse(Heartbeat.Clients.NONE)
                .equals(line.heartbeat().clients());
    }

    /// A stream of heartbeats has begun.
    synchronized void streams() {
        speaking = Speaking.HEARTBEATS;
        refusedSince = Optional.empty();
    }

    /// Whatever the last attempt came to, it was not refused.
    synchronized void isNotRefused() {
        refusedSince = Optional.empty();
    }

    /// Somebody answers who knows no heartbeats: what was heard before says nothing any more.
    synchronized void knowsNoHeartbeats() {
        speaking = Speaking.NOT_KNOWN;
        refusedSince = Optional.empty();
        latest = Optional.empty();
    }

    /// The host refuses a connection. That tells a death only of who streamed before.
    synchronized News refused(MonoTime at) {
        if (speaking == Speaking.NOT_KNOWN || refusedSince.isPresent()) {
            return News.NONE;
        }
        refusedSince = Optional.of(at);
        return News.KNOCK;
    }

    /// Whether the silence has reached the half or the whole of it since this was last asked.
    synchronized News silence(MonoTime now, Duration suspectAfter) {
        Silence reached = latest.map(a -> reached(now, a, suspectAfter)).orElse(Silence.NONE);
        if (reached.compareTo(announced) <= 0) {
            return News.NONE;
        }
        announced = reached;
        return News.KNOCK;
    }

    private static Silence reached(MonoTime now, Arrival latest, Duration suspectAfter) {
        Duration silence = now.since(latest.at());
        if (silence.compareTo(suspectAfter) >= 0) {
            return Silence.WHOLE;
        }
        return silence.compareTo(suspectAfter.dividedBy(2)) >= 0 ? Silence.HALF : Silence.NONE;
    }

    /// When a silence that begins with the latest heartbeat would next have to be made known.
    synchronized Optional<MonoTime> nextAlarm(Duration suspectAfter) {
        return switch (announced) {
            case NONE -> latest.map(arrival -> arrival.at().plus(suspectAfter.dividedBy(2)));
            case HALF -> latest.map(arrival -> arrival.at().plus(suspectAfter));
            case WHOLE -> Optional.empty();
        };
    }
}

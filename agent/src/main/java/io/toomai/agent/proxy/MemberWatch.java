package io.toomai.agent.proxy;

import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.proxy.PictureDocument;
import io.toomai.api.proxy.PictureDocument.Told;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.api.proxy.StandingDocument;
import io.toomai.api.proxy.StandingDocument.Word;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Secret;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Pictures;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a proxy that runs alone hears from members, and tells them (decision 0032). All members are
/// asked at the same time what they see of the cluster, each by a virtual thread: whose picture is
/// the newer one says its epoch. One of them, the host, also says when clients are to wait for a
/// switchover, and hears what they still have under way; another one takes its place when it is
/// silent or has no room. When no member answers, clients wait for no switchover.
final class MemberWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MemberWatch.class);

    /// More are not asked: the others know what these know.
    private static final int MOST = 16;

    /// Often enough that the proxy does not count as gone.
    private static final Duration PAUSE = ProxyRoll.PATIENCE.dividedBy(3);

    /// A member answers within a second whatever happens; the rest is for the network.
    private static final Duration SILENCE = ProxyRoll.PATIENCE;

    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /// Until a member that would not be the host is asked again.
    private static final Duration REFUSAL = Duration.ofSeconds(5);

    private static final Duration FAREWELL = Duration.ofMillis(500);

    private final Access access;
    private final Pictures pictures;
    private final BiConsumer<OptionalLong, Proxy.Held> holds;
    private final Thread teller;
    private Map<String, Line> lines = new LinkedHashMap<>();
    private ProxyStanding standing;
    private @Nullable Line host;
    private MonoTime hostHeard = now();
    private MonoTime told = now();
    private News news = News.NONE;

    /// How members are called, and who calls.
    ///
    /// @param name of this proxy, for operators; no other has it
    /// @param scope of the cluster that is meant, where it is known
    /// @param authorization as of now
    record Access(
            PeerClient client,
            String name,
            Optional<String> scope,
            Supplier<Optional<Secret>> authorization) {}

    /// Whether the host is to be told something at once.
    private enum News {
        NONE,
        SOME
    }

    /// @param holds takes orders to hold the clients, and returns at once
    MemberWatch(Access access, Pictures pictures, BiConsumer<OptionalLong, Proxy.Held> holds) {
        this.access = access;
        this.pictures = pictures;
        this.holds = holds;
        this.standing = new ProxyStanding(access.name(), OptionalLong.empty(), 0);
        this.teller = Thread.ofVirtual().name("proxy-standing").unstarted(this::tell);
    }

    void start() {
        teller.start();
    }

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    /// From now on these are asked; the first that answers becomes the host.
    ///
    /// @param urls of REST interfaces, without a path
    synchronized void follow(List<String> urls) {
        Map<String, Line> next = new LinkedHashMap<>();
        List<Line> fresh = new ArrayList<>();
        for (String url : urls.stream().distinct().limit(MOST).toList()) {
            @Nullable Line known = lines.remove(url);
            Line line = known == null ? new Line(url) : known;
            if (known == null) {
                fresh.add(line);
            }
            next.put(url, line);
        }
        lines.values().forEach(line -> line.thread.interrupt());
        lines = next;
        if (host != null && !lines.containsValue(host)) {
            host = null;
        }
        fresh.forEach(line -> line.thread.start());
    }

    // ---- what members tell

    /// One member.
    private final class Line {
        private final String url;
        private final Thread thread;
        private long seen;
        private Optional<Picture> picture = Optional.empty();
        private String silence = "";
        private String refusal = "";
        private OptionalLong hold = OptionalLong.empty();
        private Optional<MonoTime> heard = Optional.empty();
        private Optional<MonoTime> refused = Optional.empty();

        Line(String url) {
            this.url = url;
            this.thread = Thread.ofVirtual().name("proxy-member-watch").unstarted(this::listen);
        }

        private void listen() {
            CountDownLatch never = new CountDownLatch(1);
            try {
                while (!Thread.interrupted()) {
                    if (!ask() && never.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            } catch (InterruptedException _) {
                // Nobody follows it any more.
            }
        }

        private boolean ask() {
            try {
                HttpAnswer answer =
                        access.client()
                                .tell(call("GET", "?seen=" + seen, Optional.empty()), SILENCE);
                Optional<Told> read =
                        answer.code() == 200
                                ? PictureDocument.read(answer.body())
                                : Optional.empty();
                if (read.isEmpty()) {
                    silent(
                            this,
                            answer.code() == 200
                                    ? "it does not know proxies (Patroni, or an older Toomai)"
                                    : "status " + answer.code());
                } else if (isStrange(read.get())) {
                    silent(this, "it is of cluster " + read.get().scope());
                } else {
                    heard(this, read.get());
                    return true;
                }
            } catch (IOException e) {
                silent(this, String.valueOf(e.getMessage()));
            }
            return false;
        }

        private boolean isStrange(Told read) {
            return access.scope().filter(scope -> !scope.equals(read.scope())).isPresent();
        }

        HttpCall call(String method, String query, Optional<String> body) {
            return new HttpCall(
                    method,
                    URI.create(url + "/proxy" + query),
                    body,
                    method.equals("GET") ? Optional.empty() : access.authorization().get());
        }

        boolean isFresh(MonoTime now) {
            return heard.filter(at -> now.since(at).compareTo(SILENCE) < 0).isPresent();
        }

        boolean isWilling(MonoTime now) {
            return refused.filter(at -> now.since(at).compareTo(REFUSAL) < 0).isEmpty();
        }
    }

    private synchronized void heard(Line line, Told read) {
        if (!lines.containsValue(line)) {
            return;
        }
        MonoTime now = now();
        line.seen = read.count();
        line.hold = read.hold();
        line.heard = Optional.of(now);
        if (!line.silence.isEmpty()) {
            line.silence = "";
            log.info("proxy: {} tells of the cluster again", line.url);
        }
        read.cluster().ifPresentOrElse(view -> see(line, view), () -> seeAgain(line));
        if (host == null || (line != host && !host.isFresh(now))) {
            become(Optional.of(line));
        }
        if (line == host) {
            hostHeard = now;
            pass(line.hold);
        }
    }

    private void see(Line line, ClusterView view) {
        // Without an epoch of our own: what this member has forgotten is older than what we know.
        Picture picture = StorePicture.of(view, Epoch.NONE);
        line.picture = Optional.of(picture);
        pictures.take(picture);
    }

    private void seeAgain(Line line) {
        line.picture.ifPresent(pictures::takeAgain);
    }

    private synchronized void silent(Line line, String why) {
        if (!lines.containsValue(line)) {
            return;
        }
        line.heard = Optional.empty();
        line.seen = 0;
        line.picture = Optional.empty();
        if (!why.equals(line.silence)) {
            line.silence = why;
            log.warn(
                    "proxy: {} tells nothing of the cluster, other members are asked, and what is"
                            + " known stays in force: {}",
                    line.url,
                    why);
        }
        if (line == host) {
            replaceHost();
        }
    }

    private void replaceHost() {
        MonoTime now = now();
        Optional<Line> next =
                lines.values().stream()
                        .filter(line -> line.isFresh(now) && line.isWilling(now))
                        .findFirst()
                        .or(() ->
                                lines.values().stream()
                                        .filter(line -> line.isFresh(now))
                                        .findFirst());
        become(next);
        next.ifPresent(line -> pass(line.hold));
    }

    private void become(Optional<Line> next) {
        Line before = host;
        host = next.orElse(null);
        if (host != null && host != before) {
            log.debug("proxy: {} says when clients are to wait", host.url);
            news = News.SOME;
            notifyAll();
        }
    }

    // ---- holding clients

    private void pass(OptionalLong hold) {
        if (hold.isEmpty()) {
            standing = new ProxyStanding(standing.name(), hold, 0);
        }
        holds.accept(hold, this::left);
    }

    private synchronized void left(long request, int open) {
        standing = new ProxyStanding(standing.name(), OptionalLong.of(request), open);
        news = News.SOME;
        notifyAll();
    }

    private record Report(Optional<Line> to, ProxyStanding standing) {}

    private void tell() {
        try {
            while (!Thread.interrupted()) {
                Report report = next();
                report.to().ifPresent(line -> tell(line, report.standing()));
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    /// Waits until the host is to be told something.
    private synchronized Report next() throws InterruptedException {
        MonoTime due = told.plus(PAUSE);
        while (news == News.NONE && now().isBefore(due)) {
            wait(due.since(now()).toMillis() + 1);
        }
        news = News.NONE;
        told = now();
        if (host != null && !host.isFresh(told)) {
            replaceHost();
        }
        if (host == null && told.since(hostHeard).compareTo(ProxyRoll.PATIENCE) >= 0) {
            pass(OptionalLong.empty()); // nobody waits for this proxy any more either
        }
        return new Report(Optional.ofNullable(host), standing);
    }

    private void tell(Line line, ProxyStanding now) {
        try {
            HttpAnswer answer =
                    access.client().tell(line.call("POST", "", body(new Word.Stands(now))), ANSWER);
            if (answer.code() == 200) {
                accepted(line);
            } else {
                refused(line, "status " + answer.code() + ": " + answer.body().strip());
            }
        } catch (IOException e) {
            refused(line, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> body(Word word) {
        return Optional.of(StandingDocument.of(word).spaced());
    }

    private synchronized void accepted(Line line) {
        line.refused = Optional.empty();
        line.refusal = "";
    }

    private synchronized void refused(Line line, String why) {
        line.refused = Optional.of(now());
        if (!why.equals(line.refusal)) {
            line.refusal = why;
            log.warn(
                    "proxy: {} does not hear this proxy. While no member does, no switchover waits"
                            + " for its clients, and they see errors. Where members want a name and"
                            + " password, set ctl.authentication: {}",
                    line.url,
                    why);
        }
        if (line == host) {
            replaceHost();
        }
    }

    @Override
    public void close() {
        Optional<Line> last = stopped();
        last.ifPresent(line -> {
            try {
                access.client()
                        .tell(
                                line.call("POST", "", body(new Word.Leaves(access.name()))),
                                FAREWELL);
            } catch (IOException e) {
                log.debug("proxy: {} does not hear the farewell: {}", line.url, e.getMessage());
            }
        });
    }

    private synchronized Optional<Line> stopped() {
        teller.interrupt();
        Optional<Line> last = Optional.ofNullable(host);
        follow(List.of());
        return last;
    }
}

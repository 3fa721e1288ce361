package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.toomai.proxy.console.Overview.HostLine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The addresses of hosts by name. A name server is asked beside the event loop, once for all that
/// ask for the same name, and its answer is kept for a while. Belongs to the event loop of its
/// wing.
final class Names {
    /// More names than any file has; then the oldest answers make room.
    private static final int MOST = 10_000;

    private final EventLoop loop;
    private final Map<String, Answer> answers = new HashMap<>();
    private final Map<String, List<Consumer<Optional<InetAddress>>>> asked = new HashMap<>();
    private Duration keep = Duration.ofSeconds(15);
    private Duration keepFailure = Duration.ofSeconds(15);

    /// @param addresses none where there is no such name
    private record Answer(List<InetAddress> addresses, long at) {}

    Names(EventLoop loop) {
        this.loop = loop;
    }

    /// @param keep `dns_max_ttl`
    /// @param keepFailure `dns_nxdomain_ttl`
    void configure(Duration keep, Duration keepFailure) {
        this.keep = keep;
        this.keepFailure = keepFailure;
    }

    /// One of its addresses, each time another.
    ///
    /// @param then called at once where the answer is known; gets nothing when there is none
    void find(String host, Consumer<Optional<InetAddress>> then) {
        Answer known = answers.get(host);
        if (known != null && System.nanoTime() - known.at() < lifetime(known).toNanos()) {
            then.accept(next(host, known));
            return;
        }
        List<Consumer<Optional<InetAddress>>> waiting = asked.get(host);
        if (waiting != null) {
            waiting.add(then);
            return;
        }
        asked.put(host, new ArrayList<>(List.of(then)));
        Aside.await(loop, () -> lookUp(host), found -> answered(host, found.orElse(List.of())));
    }

    /// That there is no such name is an answer too: who asks says what comes of it.
    private static List<InetAddress> lookUp(String host) {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException _) {
            return List.of();
        }
    }

    /// All that are known, by name.
    List<HostLine> lines() {
        long now = System.nanoTime();
        return new TreeMap<>(answers)
                .entrySet().stream()
                        .map(known -> line(known.getKey(), known.getValue(), now))
                        .toList();
    }

    private HostLine line(String host, Answer known, long now) {
        long left = lifetime(known).toNanos() - (now - known.at());
        return new HostLine(
                host,
                Math.max(0, TimeUnit.NANOSECONDS.toSeconds(left)),
                known.addresses().stream().map(NetUtil::toAddressString).sorted().toList());
    }

    private void answered(String host, List<InetAddress> addresses) {
        if (answers.size() >= MOST) {
            answers.clear();
        }
        Answer answer = new Answer(addresses, System.nanoTime());
        answers.put(host, answer);
        List<Consumer<Optional<InetAddress>>> waiting = asked.remove(host);
        if (waiting != null) {
            waiting.forEach(then -> then.accept(next(host, answer)));
        }
    }

    private Optional<InetAddress> next(String host, Answer answer) {
        if (answer.addresses().isEmpty()) {
            return Optional.empty();
        }
        List<InetAddress> turned = new ArrayList<>(answer.addresses());
        turned.add(turned.removeFirst());
        answers.put(host, new Answer(turned, answer.at()));
        return Optional.of(answer.addresses().getFirst());
    }

    private Duration lifetime(Answer answer) {
        return answer.addresses().isEmpty() ? keepFailure : keep;
    }
}

package io.toomai.api.peer;

import io.toomai.api.peer.HttpConnection.NameCheck;
import io.toomai.api.peer.RemoteStatus.Fault;
import io.toomai.core.model.MemberName;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/// Asks other members over HTTP or HTTPS. Each call ends at its limit whatever the network or the
/// resolver does. One idle connection per server is kept for the next call. Thread safe; calls run
/// on virtual threads.
public final class PeerClient implements AutoCloseable {
    private final Supplier<SSLContext> tls;
    private final NameCheck names;
    private final Map<String, HttpConnection> idle = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("peer-client-", 0).factory());

    /// @param tls see `Contexts.client`; asked for `https` URLs only, so that who has none does not
    ///   pay for it
    public PeerClient(Supplier<SSLContext> tls) {
        this(tls, NameCheck.NONE);
    }

    private PeerClient(Supplier<SSLContext> tls, NameCheck names) {
        this.tls = tls;
        this.names = names;
    }

    /// One for which a certificate must name the host that is called; see `Contexts.clientByName`.
    public static PeerClient byName(Supplier<SSLContext> tls) {
        return new PeerClient(tls, NameCheck.HOST);
    }

    /// The statuses of all these members, asked at the same time.
    ///
    /// @param apiUrls URL of the status document by member
    /// @param limit for all together
    public Map<MemberName, RemoteStatus> askAll(Map<MemberName, String> apiUrls, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        Map<MemberName, Future<RemoteStatus>> asked = new LinkedHashMap<>();
        apiUrls.forEach(
                (name, url) -> asked.put(name, threads.submit(() -> askNow(url, deadline))));
        Map<MemberName, RemoteStatus> answers = new TreeMap<>();
        asked.forEach((name, future) -> answers.put(name, await(future, deadline)));
        return Collections.unmodifiableMap(answers);
    }

    /// The status of one member.
    public RemoteStatus ask(String apiUrl, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        return await(threads.submit(() -> askNow(apiUrl, deadline)), deadline);
    }

    private static RemoteStatus await(Future<RemoteStatus> future, long deadline) {
        try {
            return future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            return new RemoteStatus.Unreachable(Fault.TIMED_OUT, "no answer in time");
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            return new RemoteStatus.Unreachable(Fault.OTHER, "this node is stopping");
        } catch (ExecutionException e) {
            throw new IllegalStateException("asking a peer failed unexpectedly", e.getCause());
        }
    }

    private RemoteStatus askNow(String apiUrl, long deadline) {
        try {
            HttpAnswer answer = call(HttpCall.status(apiUrl), deadline);
            return answer.code() == 200
                    ? StatusReader.read(answer.body())
                    : new RemoteStatus.Unreachable(
                            Fault.BAD_ANSWER, "status code " + answer.code());
        } catch (IOException e) {
            return new RemoteStatus.Unreachable(fault(e), why(e));
        } catch (IllegalArgumentException e) {
            return new RemoteStatus.Unreachable(
                    Fault.BAD_ANSWER, "the member's api_url cannot be used: " + apiUrl);
        }
    }

    /// Any call; the calling thread waits. The resolver may take longer than the limit.
    ///
    /// @throws IOException when there is no whole answer in time
    public HttpAnswer call(HttpCall call, Duration limit) throws IOException {
        return call(call, System.nanoTime() + limit.toNanos());
    }

    private HttpAnswer call(HttpCall call, long deadline) throws IOException {
        // Only calls without a body are sent over an old connection: they can be sent twice.
        return call(
                call,
                call.body().isEmpty() && call.method().equals("GET") ? Repeat.FREE : Repeat.NEVER,
                deadline);
    }

    /// As [#call], of something that may arrive twice: an old connection will do.
    ///
    /// @throws IOException when there is no whole answer in time
    public HttpAnswer tell(HttpCall call, Duration limit) throws IOException {
        return call(call, Repeat.FREE, System.nanoTime() + limit.toNanos());
    }

    /// Whether a call may arrive twice.
    private enum Repeat {
        FREE,
        NEVER
    }

    private HttpAnswer call(HttpCall call, Repeat repeat, long deadline) throws IOException {
        String server = call.url().getScheme() + "://" + call.url().getRawAuthority();
        HttpConnection kept = idle.remove(server);
        if (kept != null) {
            if (repeat == Repeat.FREE) {
                try {
                    return exchange(kept, call, server, deadline);
                } catch (HttpConnection.StaleConnectionException | SocketException e) {
                    kept.close(); // a fresh connection tells what is really the matter
                }
            } else {
                kept.close();
            }
        }
        return exchange(HttpConnection.open(call, tls, names, deadline), call, server, deadline);
    }

    private HttpAnswer exchange(
            HttpConnection connection, HttpCall call, String server, long deadline)
            throws IOException {
        try {
            return connection.exchange(call, deadline);
        } finally {
            HttpConnection displaced =
                    connection.state() == HttpConnection.State.REUSABLE && !threads.isShutdown()
                            ? idle.put(server, connection)
                            : connection;
            if (displaced != null) {
                displaced.close();
            }
        }
    }

    static Fault fault(IOException e) {
        return switch (e) {
            case SocketTimeoutException _ -> Fault.TIMED_OUT;
            case ConnectException _ -> saying(e, "refused") ? Fault.REFUSED : Fault.OTHER;
            case UnknownHostException _ -> Fault.UNKNOWN_HOST;
            case SSLException _ -> Fault.UNTRUSTED;
            case ProtocolException _ -> Fault.BAD_ANSWER;
            case EOFException _ -> Fault.RESET;
            case SocketException _ ->
                    saying(e, "reset") || saying(e, "broken pipe") ? Fault.RESET : Fault.OTHER;
            default -> Fault.OTHER;
        };
    }

    /// Java tells a refused connection from an unreachable network by the text alone.
    private static boolean saying(IOException e, String word) {
        return why(e).toLowerCase(Locale.ROOT).contains(word);
    }

    private static String why(IOException e) {
        String text = e.getMessage();
        return text == null ? e.getClass().getSimpleName() : text;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        idle.values().forEach(HttpConnection::close);
        idle.clear();
    }
}

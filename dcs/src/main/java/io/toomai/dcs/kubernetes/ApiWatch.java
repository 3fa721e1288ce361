package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.ApiRequest.Verb;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watch on all objects of one kind in the scope: a list, then what changed since that list. A
/// server that hangs sends nothing, and so does one of a quiet scope; so a watch that was silent
/// for a while is begun anew where it stopped, at a server that answers. A version that is too old
/// (410, as after a long cut) means a new list. One thread of its own.
final class ApiWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ApiWatch.class);
    private static final int GONE = 410;

    private final KubernetesApi api;
    private final Resource resource;
    private final String namespace;
    private final String selector;
    private final Duration silence;
    private final Listener listener;

    private volatile Optional<HttpConnection> stream = Optional.empty();
    private volatile Life life = Life.OPEN;

    /// The version after which the next watch begins; none: a list comes first.
    private long after = StoredObject.NO_VERSION;

    private enum Life {
        OPEN,
        CLOSED
    }

    /// Hears on the watch's thread, in order.
    interface Listener {
        /// That is all there is.
        void all(List<StoredObject> objects);

        void changed(StoredObject object);

        void gone(StoredObject object);

        /// Nothing is heard until the next call of another kind.
        void broken(Exception why);

        /// It hears again what changes.
        void whole();
    }

    ApiWatch(KubernetesApi api, ApiRequest all, Duration silence, Listener listener) {
        this.api = api;
        this.resource = all.resource();
        this.namespace = all.namespace();
        this.selector = all.query();
        this.silence = silence;
        this.listener = listener;
    }

    /// That server failed somebody.
    void failed(Endpoint server) {
        stream.filter(s -> s.endpoint().equals(server)).ifPresent(HttpConnection::close);
    }

    /// Until [#close]. Between two tries that ended by themselves it waits as `pause` does.
    void run(Runnable pause) {
        while (life == Life.OPEN) {
            try {
                if (after == StoredObject.NO_VERSION) {
                    list();
                }
                Optional<HttpConnection> opened = begin();
                if (opened.isEmpty()) {
                    after = StoredObject.NO_VERSION;
                    pause.run();
                    continue;
                }
                try (HttpConnection connection = opened.get()) {
                    stream = opened;
                    follow(connection);
                }
            } catch (SocketTimeoutException e) {
                LOG.trace("{}: the watch on {} was silent", api.who(), resource.plural());
            } catch (EOFException e) {
                pause.run(); // servers end a watch after a while
            } catch (IOException | RuntimeException e) {
                if (life == Life.OPEN) {
                    listener.broken(e);
                }
                pause.run();
            } finally {
                stream = Optional.empty();
            }
        }
    }

    private void list() {
        ApiReply reply =
                api.repeatable(
                        ApiRequest.list(resource, namespace, selector), Deadline.in(silence));
        listener.all(PlainObjects.items(reply));
        after =
                reply instanceof ApiReply.Done(Json body, MonoTime _)
                        ? StoredObject.version(body)
                        : StoredObject.NO_VERSION;
    }

    private Optional<HttpConnection> begin() throws IOException {
        String query =
                "watch=true&allowWatchBookmarks=true&resourceVersion=" + after + "&" + selector;
        ApiRequest watch =
                new ApiRequest(
                        Verb.WATCH, resource, namespace, Optional.empty(), query, Optional.empty());
        try {
            return api.stream(watch, Deadline.in(api.hop()));
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer in time", e); // that is no silence
        }
    }

    private void follow(HttpConnection connection) throws IOException {
        listener.whole();
        while (life == Life.OPEN) {
            Json event = event(connection.line(Deadline.in(silence)));
            Json object = event.at("object");
            switch (event.textAt("type")) {
                case "ADDED", "MODIFIED" -> listener.changed(StoredObject.of(object));
                case "DELETED" -> listener.gone(StoredObject.of(object));
                case "BOOKMARK" -> {} // only its version counts
                case "ERROR" -> {
                    // Whatever it is, a new list is a new beginning.
                    after = StoredObject.NO_VERSION;
                    if (object.longAt("code").orElse(0) == GONE) {
                        return;
                    }
                    throw new ProtocolException("the server ended it: " + object.textAt("message"));
                }
                default -> throw new ProtocolException("an event of an unknown type");
            }
            after = Math.max(after, StoredObject.version(object));
        }
    }

    private static Json event(String line) throws ProtocolException {
        try {
            return Json.parse(line);
        } catch (SettingsException e) {
            throw new ProtocolException("an event is not JSON");
        }
    }

    void close() {
        life = Life.CLOSED;
        stream.ifPresent(HttpConnection::close);
    }
}

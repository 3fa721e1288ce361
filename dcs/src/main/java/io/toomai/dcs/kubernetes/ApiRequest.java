package io.toomai.dcs.kubernetes;

import io.toomai.core.model.Secret;
import io.toomai.dcs.http.HttpRequest;
import io.toomai.dcs.http.HttpRequest.Content;
import io.toomai.dcs.http.HttpRequest.Credentials;
import io.toomai.dcs.http.HttpRequest.Method;
import io.toomai.settings.json.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// What is asked of the API: one verb on one resource of one namespace, as a Role would grant it.
///
/// @param name of one object; empty for all
/// @param query without the question mark; empty for none
record ApiRequest(
        Verb verb,
        Resource resource,
        String namespace,
        Optional<String> name,
        String query,
        Optional<Json> body) {

    /// As a Role names them.
    enum Verb {
        GET(Method.GET),
        LIST(Method.GET),
        WATCH(Method.GET),
        CREATE(Method.POST),
        PATCH(Method.PATCH);

        private final Method method;

        Verb(Method method) {
            this.method = method;
        }
    }

    /// As a Role names them, all of the core group.
    enum Resource {
        PODS("pods", "Pod"),
        ENDPOINTS("endpoints", "Endpoints"),
        CONFIG_MAPS("configmaps", "ConfigMap"),
        SERVICES("services", "Service");

        private final String plural;
        private final String kind;

        Resource(String plural, String kind) {
            this.plural = plural;
            this.kind = kind;
        }

        String plural() {
            return plural;
        }

        String kind() {
            return kind;
        }
    }

    static ApiRequest get(Resource resource, String namespace, String name) {
        return new ApiRequest(
                Verb.GET, resource, namespace, Optional.of(name), "", Optional.empty());
    }

    static ApiRequest list(Resource resource, String namespace, String query) {
        return new ApiRequest(
                Verb.LIST, resource, namespace, Optional.empty(), query, Optional.empty());
    }

    static ApiRequest create(Resource resource, String namespace, Json body) {
        return new ApiRequest(
                Verb.CREATE, resource, namespace, Optional.empty(), "", Optional.of(body));
    }

    /// A merge patch (RFC 7386): null removes. With `metadata.resourceVersion` in it the server
    /// refuses an object that has changed since, with 409.
    static ApiRequest patch(Resource resource, String namespace, String name, Json body) {
        return new ApiRequest(
                Verb.PATCH, resource, namespace, Optional.of(name), "", Optional.of(body));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    HttpRequest http(Secret token) {
        String path = "/api/v1/namespaces/" + encoded(namespace) + "/" + resource.plural;
        String target =
                path
                        + name.map(n -> "/" + encoded(n)).orElse("")
                        + (query.isEmpty() ? "" : "?" + query);
        Optional<Credentials> credentials =
                Optional.of(token.reveal())
                        .filter(text -> !text.isEmpty())
                        .map(text ->
                                new Credentials("Authorization", new Secret("Bearer " + text)));
        return new HttpRequest(
                verb.method,
                target,
                credentials,
                verb == Verb.PATCH ? Content.MERGE_PATCH : Content.JSON,
                body.map(Json::compact).orElse(""));
    }

    /// For messages: `patch endpoints batman in namespace db`.
    @Override
    public String toString() {
        return verb.name().toLowerCase(Locale.ROOT)
                + " "
                + resource.plural
                + name.map(n -> " " + n).orElse("")
                + " in namespace "
                + namespace;
    }
}

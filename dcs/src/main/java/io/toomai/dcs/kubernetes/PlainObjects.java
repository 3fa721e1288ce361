package io.toomai.dcs.kubernetes;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.WriteResult;
import io.toomai.settings.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Conditional writes of keys without a lease. The object is read, the condition is checked, and
/// the write is refused by the server when the object has changed since.
final class PlainObjects {
    /// Races with other writers before a write gives up.
    private static final int ATTEMPTS = 8;

    private final ScopeObjects objects;
    private final KubernetesApi api;

    PlainObjects(ScopeObjects objects, KubernetesApi api) {
        this.objects = objects;
        this.api = api;
    }

    WriteResult write(DcsKey key, String value, Expect expect, Deadline deadline) {
        return result(
                key,
                change(key, ScopeObjects.annotations(key, value), expect, _ -> true, deadline));
    }

    WriteResult delete(DcsKey key, Expect expect, Deadline deadline) {
        if (look(objects.of(key), deadline)
                .flatMap(object -> ScopeObjects.text(key, object))
                .isEmpty()) {
            return new WriteResult.Written(ClusterView.NO_REVISION);
        }
        Optional<StoredObject> changed =
                change(key, ScopeObjects.cleared(key), expect, _ -> true, deadline);
        return changed.isPresent()
                ? new WriteResult.Written(
                        ScopeObjects.text(key, changed.get()).isPresent()
                                ? objects.revision(key, changed.get())
                                : ClusterView.NO_REVISION)
                : new WriteResult.Conflict();
    }

    WriteResult result(DcsKey key, Optional<StoredObject> written) {
        return written.<WriteResult>map(
                        object -> new WriteResult.Written(objects.revision(key, object)))
                .orElseGet(WriteResult.Conflict::new);
    }

    /// @param allowed asked after the object was read and before it is written
    /// @return the object as written; empty when the condition does not hold or it is not allowed
    Optional<StoredObject> change(
            DcsKey key,
            Json.Obj annotations,
            Expect expect,
            Predicate<Optional<StoredObject>> allowed,
            Deadline deadline) {
        String name = objects.of(key);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<StoredObject> object = look(name, deadline);
            if (!holds(key, expect, object) || !allowed.test(object)) {
                return Optional.empty();
            }
            ApiRequest request =
                    object.map(o -> objects.patch(o, annotations, Map.of()))
                            .orElseGet(() -> objects.create(name, annotations, Map.of()));
            ApiReply reply =
                    expect instanceof Expect.Anything
                            ? api.repeatable(request, deadline)
                            : api.once(request, deadline);
            if (reply instanceof ApiReply.Done(Json body, MonoTime _)) {
                return Optional.of(StoredObject.of(body));
            }
            // Somebody was faster: the next look at the object decides.
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "%s: %s changed under each of %d writes".formatted(api.who(), name, ATTEMPTS));
    }

    Optional<StoredObject> look(String name, Deadline deadline) {
        return object(api.repeatable(objects.get(name), deadline));
    }

    /// What a list holds.
    static List<StoredObject> items(ApiReply reply) {
        return reply instanceof ApiReply.Done(Json body, MonoTime _)
                ? body.at("items").items().stream().map(StoredObject::of).toList()
                : List.of();
    }

    static Optional<StoredObject> object(ApiReply reply) {
        return reply instanceof ApiReply.Done(Json body, MonoTime _)
                ? Optional.of(StoredObject.of(body))
                : Optional.empty();
    }

    private boolean holds(DcsKey key, Expect expect, Optional<StoredObject> object) {
        Optional<StoredObject> present = object.filter(o -> ScopeObjects.text(key, o).isPresent());
        return switch (expect) {
            case Expect.Anything _ -> true;
            case Expect.Absent _ -> present.isEmpty();
            case Expect.Revision(long revision) ->
                    present.map(o -> objects.revision(key, o)).orElse(ClusterView.NO_REVISION)
                            == revision;
        };
    }
}

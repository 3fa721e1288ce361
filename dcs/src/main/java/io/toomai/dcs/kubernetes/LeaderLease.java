package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs.Write;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.kubernetes.LeaderSighting.Standing;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/// The leader key: annotations of the leader object, each change of which is refused when the
/// object has changed since it was read. Decision 0015.
///
/// Why two never hold it at a time: who takes it from another has seen it unrenewed for a ttl, from
/// a moment after the renewal, and takes that very version; the holder counts from before it sent
/// that renewal. Why a deposed leader can change nothing: whoever takes the key writes a number of
/// its own process.
final class LeaderLease {
    private static final int ATTEMPTS = 8;
    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx").withZone(ZoneOffset.UTC);

    private final String process = UUID.randomUUID().toString();
    private final ScopeObjects objects;
    private final MemberName me;
    private final KubernetesApi api;
    private final PlainObjects plain;
    private final LeaderSighting sighting;
    private final LeaderAddress address;
    private final AnnouncedTtl ttl;
    private final Runnable onLoss;

    /// The leader object as it was in the latest answer in which the key was this process's.
    private final AtomicReference<Optional<StoredObject>> known =
            new AtomicReference<>(Optional.empty());

    private final AtomicReference<Instant> lastTime = new AtomicReference<>(Instant.EPOCH);
    private volatile MonoTime countsFrom = new MonoTime(0);
    private volatile Holding holding = Holding.NOTHING;

    /// What the latest answer said.
    private enum Holding {
        THE_KEY,
        NOTHING
    }

    /// What the lease works with.
    record Tools(
            KubernetesApi api,
            PlainObjects plain,
            LeaderSighting sighting,
            LeaderAddress address,
            AnnouncedTtl ttl) {}

    /// @param onLoss the key is not this process's any more; returns at once
    LeaderLease(ScopeObjects objects, MemberName me, Tools tools, Runnable onLoss) {
        this.objects = objects;
        this.me = me;
        this.api = tools.api();
        this.plain = tools.plain();
        this.sighting = tools.sighting();
        this.address = tools.address();
        this.ttl = tools.ttl();
        this.onLoss = onLoss;
    }

    boolean isHeld() {
        return holding == Holding.THE_KEY;
    }

    boolean isOfThisProcess(LeaderRecord record) {
        return record.isLedBy(me, process);
    }

    private boolean isMine(StoredObject object) {
        return isOfThisProcess(LeaderRecord.of(object));
    }

    private Optional<StoredObject> look(Deadline deadline) {
        Optional<StoredObject> object =
                PlainObjects.object(api.urgent(objects.get(objects.leader()), deadline));
        object.ifPresent(sighting::read);
        return object;
    }

    LeaderResult acquire(Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<StoredObject> object = look(deadline);
            if (sighting.standing() instanceof Standing.Held(LeaderRecord record, long _)) {
                if (object.isPresent() && isOfThisProcess(record)) {
                    return renew(deadline);
                }
                if (record.leader().filter(me::equals).isEmpty()) {
                    return new LeaderResult.Refused(record.leader());
                }
                // An earlier process of this member: it ends here.
            }
            Duration tell = ttl.toTell();
            ApiReply reply = api.urgent(taking(object, tell, deadline), deadline);
            if (reply instanceof ApiReply.Done(Json body, MonoTime sent)) {
                return held(StoredObject.of(body), tell, sent);
            }
        }
        throw changing("attempts");
    }

    /// The term is a version that the store had before: later than that of any earlier acquisition,
    /// and earlier than the one that this acquisition makes.
    private ApiRequest taking(Optional<StoredObject> object, Duration tell, Deadline deadline) {
        long term = object.map(StoredObject::version).orElseGet(() -> storeVersion(deadline));
        object.flatMap(o -> o.annotation(LeaderRecord.RENEW_TIME)).ifPresent(this::notEarlierThan);
        String now = nextTime();
        Json.Obj annotations =
                Json.object()
                        .put(LeaderRecord.LEADER, me.value())
                        .put(LeaderRecord.TTL, seconds(tell))
                        .put(LeaderRecord.RENEW_TIME, now)
                        .put(LeaderRecord.ACQUIRE_TIME, now)
                        .put(LeaderRecord.TRANSITIONS, transitions(object))
                        .put(
                                LeaderRecord.LEASE,
                                LeaderRecord.lease(new LeaderRecord.Lease(term, process), now))
                        .done();
        return object.map(o -> objects.patch(o, annotations, address.mine(o.json())))
                .orElseGet(() ->
                        objects.create(
                                objects.leader(), annotations, address.mine(Json.Null.VALUE)));
    }

    private long storeVersion(Deadline deadline) {
        ApiRequest list =
                ApiRequest.list(
                        objects.resource(), objects.namespace(), objects.selector() + "&limit=1");
        return api.urgent(list, deadline) instanceof ApiReply.Done(Json body, MonoTime _)
                ? StoredObject.version(body)
                : StoredObject.NO_VERSION;
    }

    private String transitions(Optional<StoredObject> object) {
        long before =
                object.flatMap(o -> o.annotation(LeaderRecord.TRANSITIONS))
                        .filter(text -> text.matches("\\d{1,9}"))
                        .map(Long::parseLong)
                        .orElse(0L);
        boolean same =
                object.flatMap(o -> o.annotation(LeaderRecord.LEADER))
                        .filter(me.value()::equals)
                        .isPresent();
        return Long.toString(object.isEmpty() || same ? before : before + 1);
    }

    private static String seconds(Duration ttl) {
        return Long.toString(ttl.toSeconds());
    }

    /// The wall clock, but never twice the same: observers wait for a change.
    private String nextTime() {
        return ISO.format(
                lastTime.updateAndGet(last -> {
                    // style: a text for observers, who measure nothing by it
                    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
                    return now.isAfter(last) ? now : last.plus(1, ChronoUnit.MICROS);
                }));
    }

    private void notEarlierThan(String written) {
        try {
            Instant before = ISO.parse(written, Instant::from);
            // style: not a text of a clock that was years ahead
            if (before.isBefore(Instant.now().plus(1, ChronoUnit.DAYS))) {
                lastTime.accumulateAndGet(before, (a, b) -> a.isAfter(b) ? a : b);
            }
        } catch (DateTimeParseException e) {
            // Written by another in another form, so it is another text anyway.
            return;
        }
    }

    LeaderResult renew(Deadline deadline) {
        Duration granted = ttl.granted();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<StoredObject> object = known.get();
            if (object.isEmpty()) {
                object = look(deadline);
            }
            if (object.filter(this::isMine).isEmpty()) {
                return lost(object);
            }
            Duration tell = ttl.toTell();
            Json.Obj annotations =
                    Json.object()
                            .put(LeaderRecord.TTL, seconds(tell))
                            .put(LeaderRecord.RENEW_TIME, nextTime())
                            .done();
            ApiRequest patch =
                    objects.patch(object.get(), annotations, address.mine(object.get().json()));
            switch (api.urgent(patch, deadline)) {
                case ApiReply.Done(Json body, MonoTime sent) -> {
                    ttl.holderCountsOn(granted);
                    return held(StoredObject.of(body), tell, sent);
                }
                case ApiReply.Absent _ -> {
                    return lost(Optional.empty());
                }
                case ApiReply.Conflict _ -> forget(object.get());
            }
        }
        throw changing("renewals");
    }

    private LeaderResult held(StoredObject object, Duration tell, MonoTime sent) {
        note(object);
        ttl.told(tell, object.version());
        countsFrom = sent;
        holding = Holding.THE_KEY;
        return new LeaderResult.Held(sent);
    }

    private void note(StoredObject object) {
        sighting.heard(object);
        known.accumulateAndGet(
                Optional.of(object),
                (before, now) ->
                        before.filter(b -> b.version() > object.version()).isPresent()
                                ? before
                                : now);
    }

    private void forget(StoredObject old) {
        known.updateAndGet(now -> now.filter(o -> o.version() > old.version()));
    }

    private LeaderResult lost(Optional<StoredObject> object) {
        known.set(Optional.empty());
        if (holding == Holding.THE_KEY) {
            holding = Holding.NOTHING;
            ttl.nothingHeld();
            onLoss.run();
        }
        return new LeaderResult.Refused(object.flatMap(o -> LeaderRecord.of(o).leader()));
    }

    private DcsException changing(String what) {
        return new DcsException(
                Code.DCS_TIMEOUT,
                "%s: %s changed under each of %d %s"
                        .formatted(api.who(), objects.leader(), ATTEMPTS, what));
    }

    /// Keys in the leader object go with the release; the others are written just before.
    boolean release(List<Write> before, Deadline deadline) {
        Optional<StoredObject> object = look(deadline);
        if (object.filter(this::isMine).isEmpty()) {
            lost(object);
            return false;
        }
        note(object.get());
        Json.Obj annotations = Json.Obj.EMPTY.with(LeaderRecord.LEADER, Json.Null.VALUE);
        for (Write write : before) {
            if (objects.isInLeaderObject(write.key())) {
                for (var annotation :
                        ScopeObjects.annotations(write.key(), write.value()).fields().entrySet()) {
                    annotations = annotations.with(annotation.getKey(), annotation.getValue());
                }
            } else if (proven(write.key(), write.value(), Expect.ANYTHING, deadline).isEmpty()) {
                return false;
            }
        }
        return release(annotations, deadline);
    }

    private boolean release(Json.Obj annotations, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<StoredObject> known = this.known.get();
            Optional<StoredObject> object = known.isPresent() ? known : look(deadline);
            if (object.filter(this::isMine).isEmpty()) {
                boolean byAnEarlierTry =
                        object.map(LeaderRecord::of)
                                .filter(record -> record.leader().isEmpty())
                                .flatMap(LeaderRecord::lease)
                                .filter(lease -> lease.process().equals(process))
                                .isPresent();
                lost(object);
                return byAnEarlierTry;
            }
            ApiRequest patch =
                    objects.patch(object.get(), annotations, address.nobodys(object.get().json()));
            switch (api.urgent(patch, deadline)) {
                case ApiReply.Done(Json body, MonoTime _) -> {
                    sighting.heard(StoredObject.of(body));
                    lost(Optional.empty());
                    return true;
                }
                case ApiReply.Absent _ -> {
                    lost(Optional.empty());
                    return false;
                }
                case ApiReply.Conflict _ -> forget(object.get());
            }
        }
        throw changing("releases");
    }

    /// Only while the lease runs, see [#proven].
    WriteResult write(DcsKey key, String value, Expect expect, Deadline deadline) {
        MonoTime end = countsFrom.plus(ttl.granted());
        if (!isHeld() || !Deadline.now().isBefore(end)) {
            return new WriteResult.Conflict();
        }
        Deadline inLease = new Deadline(MonoTime.earliest(end, deadline.end()));
        return plain.result(key, proven(key, value, expect, inLease));
    }

    /// Kubernetes has no transactions over two objects. So the target is read first and the proof
    /// of leadership after, and the write is refused when the target has changed since it was read:
    /// whatever a successor wrote there is not overwritten.
    private Optional<StoredObject> proven(
            DcsKey key, String value, Expect expect, Deadline deadline) {
        boolean here = objects.isInLeaderObject(key);
        Optional<StoredObject> written =
                plain.change(
                        key,
                        ScopeObjects.annotations(key, value),
                        expect,
                        target -> (here ? target : look(deadline)).filter(this::isMine).isPresent(),
                        deadline);
        if (here) {
            written.ifPresent(this::note);
        }
        return written;
    }
}

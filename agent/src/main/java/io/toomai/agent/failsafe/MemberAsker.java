package io.toomai.agent.failsafe;

import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.ha.FailsafePolicy;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Asks the other members whether this leader may go on, all at the same time, each on a virtual
/// thread. An acceptance counts from when its question was sent; so one lost answer costs nothing
/// while the next question comes in time.
///
/// `ask` returns at once. A member that has not answered yet is not asked a second time.
final class MemberAsker implements AutoCloseable {
    private final FailsafeCaller caller;
    private final Supplier<MonoTime> clock;
    private final Consumer<MonoTime> carry;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("failsafe-", 0).factory());

    private final Map<MemberName, MonoTime> acceptedAt = new TreeMap<>();
    private final Map<MemberName, String> refusals = new TreeMap<>();
    private final Set<MemberName> waitingFor = new TreeSet<>();
    private FailsafeMembers asked = FailsafeMembers.NONE;
    private int leadership;

    /// @param carry told until when nobody who was asked takes the leader key; under this object's
    ///   lock, so it does not wait
    MemberAsker(FailsafeCaller caller, Supplier<MonoTime> clock, Consumer<MonoTime> carry) {
        this.caller = caller;
        this.clock = clock;
        this.carry = carry;
    }

    /// Asks everybody of them who does not owe an answer.
    synchronized void ask(FailsafeMembers others, Duration ttl) {
        asked = others;
        refusals.keySet().retainAll(others.apiUrls().keySet());
        int mine = leadership;
        others.apiUrls()
                .forEach((name, url) -> {
                    if (waitingFor.add(name)) {
                        threads.execute(() -> askOne(name, url, ttl, mine));
                    }
                });
        if (others.isEmpty()) {
            carry.accept(clock.get().plus(ttl));
        }
    }

    private void askOne(MemberName name, String url, Duration ttl, int mine) {
        MonoTime sent = clock.get();
        Optional<String> refusal = Optional.of("asking it failed");
        try {
            refusal = caller.ask(url, ttl, FailsafePolicy.patience(ttl));
        } finally {
            answered(new Asked(name, sent, ttl, mine), refusal);
        }
    }

    private record Asked(MemberName name, MonoTime sent, Duration ttl, int leadership) {}

    /// Under the lock until the guard knows it: [#forget] must not come between.
    private synchronized void answered(Asked member, Optional<String> refusal) {
        waitingFor.remove(member.name());
        if (member.leadership() != leadership) {
            return;
        }
        refusal.ifPresentOrElse(
                why -> refusals.put(member.name(), why),
                () -> {
                    refusals.remove(member.name());
                    acceptedAt.put(member.name(), member.sent());
                });
        FailsafePolicy.carriedUntil(asked, acceptedAt, clock.get(), member.ttl()).ifPresent(carry);
    }

    /// Who has not accepted when asked last, and why.
    synchronized Optional<String> obstacle() {
        return refusals.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        refusals.entrySet().stream()
                                .map(e -> e.getKey() + " does not agree: " + e.getValue())
                                .collect(Collectors.joining(", ")));
    }

    /// What was answered until now counts no more: this node takes the key anew, or there is
    /// somebody more to ask.
    synchronized void forget() {
        leadership++;
        acceptedAt.clear();
        refusals.clear();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

package io.toomai.dcs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.kubernetes.LeaderSighting.Standing;
import io.toomai.dcs.memory.InMemoryStore.ManualClock;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Every doubt makes the leader look alive.
class LeaderSightingTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final LeaderSighting sighting = new LeaderSighting(clock, TTL);

    private static StoredObject leader(long version, String renewTime) {
        return object(
                version,
                Map.of(
                        "leader", "pg1",
                        "acquireTime", "a",
                        "renewTime", renewTime,
                        "ttl", "10"));
    }

    private static StoredObject object(long version, Map<String, String> annotations) {
        return new StoredObject(
                "demo-leader", version, new TreeMap<>(annotations), Json.Null.VALUE);
    }

    private void passes(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    private void assertHeld() {
        assertThat(sighting.standing()).isInstanceOf(Standing.Held.class);
    }

    private void assertVacant() {
        assertThat(sighting.standing()).isInstanceOf(Standing.Vacant.class);
    }

    @Test
    void nobodyHasLedWhatWasNeverSeen() {
        assertThat(sighting.standing()).isEqualTo(new Standing.Vacant(LeaderKey.UNKNOWN_TERM));
        assertThat(sighting.endsAt()).isEmpty();
    }

    @Test
    void aLeaderIsWaitedForFromTheFirstSightOn() {
        passes(1000);
        sighting.read(leader(1, "t1"));
        passes(9);
        assertHeld();
        sighting.read(leader(1, "t1"));
        passes(1);
        assertVacant();
    }

    @Test
    void aRenewalOfAnyFormIsAChange() {
        sighting.read(leader(1, "t2"));
        passes(9);
        sighting.read(leader(2, "t1"));
        passes(9);
        assertHeld();
        assertThat(sighting.endsAt()).contains(new MonoTime(19_000_000_000L));
    }

    @Test
    void aChangeOfSomethingElseIsNoRenewal() {
        sighting.read(leader(1, "t1"));
        passes(5);
        Map<String, String> more = new TreeMap<>(leader(1, "t1").annotations());
        more.put("optime", "5");
        sighting.read(object(2, more));
        passes(5);
        assertVacant();
    }

    @Test
    void anOldEventIsNoNews() {
        sighting.read(leader(5, "t5"));
        passes(9);
        sighting.heard(leader(4, "t4"));
        passes(1);
        assertVacant();
    }

    @Test
    void anOldReadMakesTheLeaderLookAlive() {
        sighting.heard(leader(5, "t5"));
        passes(9);
        sighting.read(leader(4, "t4"));
        passes(1);
        assertHeld();
    }

    @Test
    void aLeaderWithoutATtlHasOurs() {
        sighting.read(object(1, Map.of("leader", "pg1", "ttl", "garbage")));
        passes(29);
        assertHeld();
        passes(1);
        assertVacant();
    }

    @Test
    void aReleaseIsSeenAtOnce() {
        sighting.read(leader(1, "t1"));
        sighting.read(object(2, Map.of("acquireTime", "a", "renewTime", "t1", "ttl", "10")));
        assertVacant();
        assertThat(sighting.endsAt()).isEmpty();
    }

    @Test
    void aTermIsThatOfItsAcquisition() {
        Map<String, String> ours = new TreeMap<>(leader(9, "t1").annotations());
        ours.put(LeaderRecord.LEASE, LeaderRecord.lease(new LeaderRecord.Lease(7, "process"), "a"));
        sighting.read(object(9, ours));
        assertThat(((Standing.Held) sighting.standing()).term()).isEqualTo(7);
        // A member of Patroni has taken the key and left our annotation.
        ours.put("acquireTime", "b");
        ours.put("leader", "patroni");
        sighting.read(object(12, ours));
        ours.put("renewTime", "t2");
        sighting.read(object(13, ours));
        assertThat(((Standing.Held) sighting.standing()).term()).isEqualTo(12);
        passes(10);
        assertThat(sighting.standing()).isEqualTo(new Standing.Vacant(12));
    }
}

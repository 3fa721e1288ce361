package io.toomai.core.ha;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the settings say about replication slots (contract §4.9).
///
/// @param memberTtl `member_slots_ttl`; zero = only members that stream from a node have a slot
///   there
/// @param permanent `slots`, as far as this kind of cluster wants them
/// @param ignored `ignore_slots`: these are never dropped
public record SlotRules(
        Use use,
        Duration memberTtl,
        List<PermanentSlot> permanent,
        List<Matcher> ignored,
        Unknown unknown) {

    public static final SlotRules DEFAULT =
            new SlotRules(Use.USED, Duration.ofMinutes(30), List.of(), List.of(), Unknown.KEEP);

    public SlotRules {
        permanent = List.copyOf(permanent);
        ignored = List.copyOf(ignored);
    }

    /// `postgresql.use_slots`.
    public enum Use {
        USED,
        UNUSED
    }

    /// `toomai.unknown_slots`: what becomes of a slot that neither a member nor the configuration
    /// has ever named.
    public enum Unknown {
        KEEP,
        DROP
    }

    /// One entry of `ignore_slots`: a slot that has all these properties is left alone.
    ///
    /// @param properties any of `name`, `type`, `database`, `plugin`
    public record Matcher(Map<String, String> properties) {
        public Matcher {
            properties = Collections.unmodifiableMap(new TreeMap<>(properties));
        }

        boolean matches(SlotFacts slot) {
            return properties.entrySet().stream()
                    .allMatch(wanted -> wanted.getValue().equals(property(slot, wanted.getKey())));
        }

        /// Empty text where the slot has no such property.
        private static String property(SlotFacts slot, String name) {
            return switch (name) {
                case "name" -> slot.name();
                case "type" -> slot.kind() == SlotFacts.Kind.LOGICAL ? "logical" : "physical";
                case "database" -> slot.decoding().map(SlotFacts.Decoding::database).orElse("");
                case "plugin" -> slot.decoding().map(SlotFacts.Decoding::plugin).orElse("");
                default -> "";
            };
        }
    }

    boolean areUsed() {
        return use == Use.USED;
    }

    /// Whether every node keeps a slot for every member.
    boolean areEverywhere() {
        return memberTtl.isPositive();
    }

    boolean isIgnored(SlotFacts slot) {
        return ignored.stream().anyMatch(matcher -> matcher.matches(slot));
    }
}

package io.toomai.core.ha;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What to do and, in the operator's words, why.
///
/// @param recheckIn look again after this time even if nothing happens; empty means loop_wait
public record Decision(
        Rule rule,
        String reason,
        List<Command> commands,
        HaMemory memory,
        Optional<Duration> recheckIn) {
    public Decision {
        commands = List.copyOf(commands);
    }

    public Decision recheckIn(Duration delay) {
        return new Decision(rule, reason, commands, memory, Optional.of(delay));
    }

    /// The same decision, told in other words.
    Decision because(String told) {
        return new Decision(rule, told, commands, memory, recheckIn);
    }

    /// The same decision with only those of its commands.
    Decision only(Predicate<Command> wanted) {
        return new Decision(
                rule, reason, commands.stream().filter(wanted).toList(), memory, recheckIn);
    }

    public Decision remembering(HaMemory next) {
        return new Decision(rule, reason, commands, next, recheckIn);
    }

    /// The same decision with more to do afterwards.
    public Decision then(List<Command> more) {
        return new Decision(
                rule,
                reason,
                java.util.stream.Stream.concat(commands.stream(), more.stream()).toList(),
                memory,
                recheckIn);
    }
}

package io.toomai.proxy.console;

import io.toomai.proxy.console.Orders.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/// What is stopped, by whom, and what of it ends when its owner leaves. Two kinds stand beside each
/// other, as in PgBouncer: that of all databases, and that of single ones.
///
/// A PAUSE that its console left before it was complete is nobody's: nothing waits for it, and the
/// database would stand half stopped until somebody found out. So by default it ends then; one that
/// is complete stays until RESUME, because scripts pause in one session and resume in another.
public final class Halts {
    private final TreeMap<String, Halt> byDatabase = new TreeMap<>();
    private Optional<Halt> ofAll = Optional.empty();

    /// @param database absent for all
    public Optional<Halt> of(Optional<String> database) {
        return database.isPresent() ? Optional.ofNullable(byDatabase.get(database.get())) : ofAll;
    }

    /// Something that is stopped.
    ///
    /// @param since monotonic, in nanoseconds
    public record Halt(Manner manner, Owner owner, long since, Progress progress) {
        Halt completed() {
            return new Halt(manner, owner, since, Progress.COMPLETE);
        }

        public boolean isOf(Owner other) {
            return owner.number() == other.number();
        }

        /// The same as somebody else's.
        public Halt of(Owner other) {
            return new Halt(manner, other, since, progress);
        }
    }

    /// What stopped it.
    public enum Manner {
        PAUSE,
        KILL,
        SUSPEND
    }

    /// Whether something is still waited for.
    public enum Progress {
        WAITING,
        COMPLETE
    }

    /// `pause_owner`: what becomes of a PAUSE whose console leaves.
    public enum Tie {
        /// It ends if it is not complete.
        ORDER,
        /// It ends.
        SESSION,
        /// It stays, as PgBouncer's.
        NONE;

        /// @param word of the setting
        public static Tie of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    public Optional<Halt> ofAll() {
        return ofAll;
    }

    /// @param database absent for all
    public void add(Optional<String> database, Halt halt) {
        if (database.isPresent()) {
            byDatabase.put(database.get(), halt);
        } else {
            ofAll = Optional.of(halt);
        }
    }

    public void complete(Optional<String> database) {
        if (database.isPresent()) {
            byDatabase.computeIfPresent(database.get(), (_, halt) -> halt.completed());
        } else {
            ofAll = ofAll.map(Halt::completed);
        }
    }

    /// @return whether there was one
    public boolean end(Optional<String> database) {
        boolean there =
                database.isPresent() ? byDatabase.containsKey(database.get()) : ofAll.isPresent();
        if (database.isPresent()) {
            byDatabase.remove(database.get());
        } else {
            ofAll = Optional.empty();
        }
        return there;
    }

    /// Those that end because their owner leaves; `absent` stands for that of all.
    public List<Optional<String>> endingWith(Owner owner, Tie tie) {
        List<Optional<String>> ending = new ArrayList<>();
        ofAll.filter(halt -> endsWith(halt, owner, tie))
                .ifPresent(_ -> ending.add(Optional.empty()));
        byDatabase.forEach((name, halt) -> {
            if (endsWith(halt, owner, tie)) {
                ending.add(Optional.of(name));
            }
        });
        return ending;
    }

    private static boolean endsWith(Halt halt, Owner owner, Tie tie) {
        if (!halt.isOf(owner)) {
            return false;
        }
        return switch (halt.manner()) {
            case SUSPEND -> true; // as PgBouncer: nobody could be meant to take over any more
            case KILL -> false;
            case PAUSE ->
                    switch (tie) {
                        case ORDER -> halt.progress() == Progress.WAITING;
                        case SESSION -> true;
                        case NONE -> false;
                    };
        };
    }

    /// All, that of all databases first.
    public List<Named> all() {
        List<Named> all = new ArrayList<>();
        ofAll.ifPresent(halt -> all.add(new Named(Optional.empty(), halt)));
        byDatabase.forEach((name, halt) -> all.add(new Named(Optional.of(name), halt)));
        return all;
    }

    /// @param database absent for all
    public record Named(Optional<String> database, Halt order) {
        /// What ends it, in words.
        public String ends(Tie tie) {
            String resume = database.map(name -> "RESUME " + name).orElse("RESUME");
            return switch (order.manner()) {
                case SUSPEND -> resume + ", or its console leaves";
                case KILL -> resume;
                case PAUSE ->
                        switch (tie) {
                            case SESSION -> resume + ", or its console leaves";
                            case ORDER ->
                                    order.progress() == Progress.WAITING
                                            ? resume + ", or its console leaves"
                                            : resume;
                            case NONE -> resume;
                        };
            };
        }
    }
}

package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the transaction of a server connection does to what its client listens to. To which
/// channels it listens, the server tells when it is asked afterwards; what it gives up must be read
/// in the text: a server that does not listen has nothing to tell. Belongs to an event loop.
public final class Listening {
    /// A query of several statements is read up to this length.
    static final int LONGEST_QUERY = 4096;

    private static final Pattern UNLISTEN =
            Pattern.compile(
                    "\\bunlisten\\s+(?:\"((?:[^\"]|\"\")+)\"|([\\w$]+)|[*])",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);

    /// In place of a channel: all of them.
    public static final String ALL = "\0";

    /// A longer text is none of these statements.
    private static final int LONGEST = 150;

    private static final Pattern FORM =
            Pattern.compile(
                    "\\s*(listen|unlisten)\\s+(?:\"((?:[^\"]|\"\")+)\"|([\\w$]+)|([*]))\\s*;?\\s*",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);

    private final List<String> left = new ArrayList<>();
    private final Set<String> named = new LinkedHashSet<>();
    private Sight sight = Sight.NOTHING;
    private boolean isRolledBack;
    private boolean isReadyWithheld;

    /// How much is known of what was listened to.
    private enum Sight {
        NOTHING,
        /// All of it was named by statements that could be read.
        ALL,
        /// It was among other statements.
        NOT_ALL
    }

    /// Of a query of several statements, the channels that each UNLISTEN in it leaves.
    record Several(Deque<String> left) implements Subject {}

    /// One of these statements alone.
    record Alone(Verb verb, String channel) implements Subject {}

    enum Verb {
        LISTEN,
        UNLISTEN
    }

    /// @param length of the text without its NUL, all of which is there
    static @Nullable Alone read(ByteBuf in, int index, int length) {
        if (length < 8 || length > LONGEST || !mayBegin(in.getByte(index))) {
            return null;
        }
        Matcher form = FORM.matcher(in.toString(index, length, StandardCharsets.UTF_8));
        if (!form.matches()) {
            return null;
        }
        Verb verb = Verb.valueOf(form.group(1).toUpperCase(Locale.ROOT));
        String channel = channel(form.group(2), form.group(3));
        boolean isNone = verb == Verb.LISTEN && channel.equals(ALL);
        return isNone ? null : new Alone(verb, channel);
    }

    private static boolean mayBegin(byte first) {
        return switch (first) {
            case 'l', 'L', 'u', 'U', ' ', '\n', '\t', '\r' -> true;
            default -> false;
        };
    }

    /// A simple query of a client that listens already.
    ///
    /// @param length of the text without its NUL, all of which is there
    static @Nullable Subject readAll(ByteBuf in, int index, int length) {
        Alone alone = read(in, index, length);
        if (alone != null) {
            return alone;
        }
        Deque<String> left = new ArrayDeque<>();
        Matcher each = UNLISTEN.matcher(in.toString(index, length, StandardCharsets.UTF_8));
        while (each.find()) {
            left.add(channel(each.group(1), each.group(2)));
        }
        return left.isEmpty() ? null : new Several(left);
    }

    private static String channel(@Nullable String quoted, @Nullable String bare) {
        if (quoted != null) {
            return cut(quoted.replace("\"\"", "\""));
        }
        return bare == null ? ALL : cut(lower(bare));
    }

    /// PostgreSQL folds ASCII letters of a name without quotes.
    private static String lower(String name) {
        StringBuilder folded = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char each = name.charAt(i);
            folded.append(each >= 'A' && each <= 'Z' ? (char) (each | 0x20) : each);
        }
        return folded.toString();
    }

    /// Names are no longer than 63 bytes.
    private static String cut(String name) {
        String cut = name;
        while (cut.getBytes(StandardCharsets.UTF_8).length > 63) {
            cut = cut.substring(0, cut.length() - 1);
        }
        return cut;
    }

    /// @param by what is complete
    void completed(Tag tag, @Nullable Subject by) {
        isRolledBack = tag == Tag.ROLLBACK;
        if (tag == Tag.ROLLBACK) {
            left.clear(); // to a savepoint, too: better heard of too much than of nothing
        } else if (tag == Tag.DISCARD_ALL) {
            left.add(ALL);
        } else if (tag == Tag.UNLISTEN) {
            left.add(leftBy(by));
        } else if (tag == Tag.LISTEN && by instanceof Alone(_, String channel)) {
            named.add(channel);
            sight = sight == Sight.NOT_ALL ? sight : Sight.ALL;
        } else if (tag == Tag.LISTEN) {
            sight = Sight.NOT_ALL;
        }
    }

    /// All, where that cannot be read.
    private static String leftBy(@Nullable Subject by) {
        if (by instanceof Several(Deque<String> channels) && !channels.isEmpty()) {
            return channels.remove();
        }
        return by instanceof Alone(_, String channel) ? channel : ALL;
    }

    void failed() {
        isRolledBack = true;
    }

    /// A transaction has ended.
    ///
    /// @param leave gets each channel that its client has left; or [#ALL]
    void ended(Consumer<String> leave) {
        if (!isRolledBack) {
            left.forEach(leave);
        }
        left.clear();
        isRolledBack = false;
    }

    /// Its client has no more to do with it: what that left is not the next one's.
    public void isNobodys() {
        left.clear();
        isRolledBack = false;
    }

    boolean hasListened() {
        return sight != Sight.NOTHING;
    }

    /// Of the channels to which the server says that it listens, those that this client has asked
    /// for: another one may have had a function listen, which nobody saw.
    public Set<String> askedFor(Set<String> there) {
        boolean isKnown = sight == Sight.ALL && there.containsAll(named);
        Set<String> asked = isKnown ? new LinkedHashSet<>(named) : there;
        named.clear();
        sight = Sight.NOTHING;
        return asked;
    }

    /// The client waits until it listens.
    void withholdReady() {
        isReadyWithheld = true;
    }

    boolean isReadyWithheld() {
        return isReadyWithheld;
    }

    boolean takeWithheldReady() {
        boolean was = isReadyWithheld;
        isReadyWithheld = false;
        return was;
    }
}

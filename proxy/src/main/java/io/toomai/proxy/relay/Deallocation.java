package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `DEALLOCATE name` as a statement of its own, which some drivers send for what they have prepared
/// by messages (psycopg 3, PHP's PDO). The server knows no statement of that name: it is told to
/// forget an empty one in its place, so that all answers are the server's.
final class Deallocation {
    /// A text that is longer is none.
    static final int LONGEST = 150;

    /// Text, NUL, no types: what parses in whatever state a server is.
    static final byte[] EMPTY = {0, 0, 0};

    private static final Pattern FORM =
            Pattern.compile(
                    "\\s*deallocate\\s+(?:prepare\\s+)?(?:\"([^\"]+)\"|([\\w$]+))\\s*;?\\s*",
                    Pattern.CASE_INSENSITIVE);

    private Deallocation() {}

    /// The statement's name.
    ///
    /// @param length of the text without its NUL; all of it is there
    /// @return nothing where the text is something else
    static byte @Nullable [] name(ByteBuf in, int index, int length) {
        if (length < 0 || length > LONGEST || !Forgetting.begins(in, index, length)) {
            return null;
        }
        Matcher form = FORM.matcher(in.toString(index, length, StandardCharsets.UTF_8));
        if (!form.matches()) {
            return null;
        }
        String quoted = form.group(1);
        String bare = form.group(2);
        if (quoted != null) {
            return quoted.getBytes(StandardCharsets.UTF_8);
        }
        if (bare == null || bare.equalsIgnoreCase("all") || bare.equalsIgnoreCase("prepare")) {
            return null;
        }
        return bare.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    }

    /// The text that has the server forget the empty one, with its NUL.
    static byte[] of(byte[] there) {
        return ("DEALLOCATE " + new String(there, StandardCharsets.US_ASCII) + "\0")
                .getBytes(StandardCharsets.US_ASCII);
    }
}

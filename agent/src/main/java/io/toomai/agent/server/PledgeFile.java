package io.toomai.agent.server;

import io.toomai.core.ha.Pledge;
import io.toomai.core.model.MemberName;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.os.DurableFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/// This node's pledge on disk: a few lines and their checksum. Its mere presence forbids PostgreSQL
/// to receive WAL, whatever it says.
///
/// A file that cannot be read was a promise whose terms are lost: it keeps forbidding, is told to
/// nobody (so it counts for no takeover), and only an operator or a promotion removes it. Each
/// write is atomic, so that takes a damaged disk or an editor.
final class PledgeFile {
    private static final String HEAD = "toomai pledge 1\n";
    private static final Pattern FORM =
            Pattern.compile(
                    "("
                            + HEAD
                            + "term=(-?\\d{1,18})\nsync=(-?\\d{1,18})\nleader=(.+)\n)"
                            + "check=([0-9a-f]{16})\n",
                    Pattern.DOTALL);

    private final Path path;

    PledgeFile(Path directory) {
        this.path = directory.resolve("pledge");
    }

    Path path() {
        return path;
    }

    /// What the file says.
    sealed interface Content {
        record Nothing() implements Content {}

        record Promised(Pledge pledge) implements Content {}

        record Unreadable(String why) implements Content {}
    }

    Content read() {
        Optional<String> text;
        try {
            text = DurableFiles.read(path);
        } catch (PostgresException e) {
            return new Content.Unreadable(String.valueOf(e.getMessage()));
        }
        if (text.isEmpty()) {
            return new Content.Nothing();
        }
        Matcher form = FORM.matcher(text.get());
        if (!form.matches() || !form.group(5).equals(check(form.group(1)))) {
            return new Content.Unreadable("it is damaged");
        }
        return new Content.Promised(
                new Pledge(
                        new MemberName(form.group(4)),
                        Long.parseLong(form.group(2)),
                        Long.parseLong(form.group(3))));
    }

    boolean forbidsReceiving() {
        return !(read() instanceof Content.Nothing);
    }

    /// Durable when it returns.
    void write(Pledge pledge) {
        String body =
                HEAD
                        + "term="
                        + pledge.term()
                        + "\nsync="
                        + pledge.syncRevision()
                        + "\nleader="
                        + pledge.leader().value()
                        + "\n";
        DurableFiles.write(path, body + "check=" + check(body) + "\n");
    }

    void clear() {
        DurableFiles.delete(path);
    }

    private static String check(String body) {
        CRC32 sum = new CRC32();
        sum.update(body.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits(sum.getValue());
    }
}

package io.toomai.proxy.net;

import io.toomai.proxy.net.RawClient.Message;
import io.toomai.proxy.net.Stage.Line;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A client on a stage. What it hears is a letter and a text for each message, in which whatever
/// must differ (processes, keys) is left out.
final class Voice implements AutoCloseable {
    /// The severity in English, which PgBouncer's own errors are without.
    private static final Pattern VERBAL = Pattern.compile("\\|V[A-Z]+");

    private final String name;
    private final RawClient client;
    private final Consumer<Line> writer;

    Voice(String name, RawClient client, Consumer<Line> writer) throws SocketException {
        this.name = name;
        this.client = client;
        this.writer = writer;
        client.socket().setSoTimeout(20_000); // for what should have been said long before
    }

    Voice asks(String sql) throws IOException {
        return says(sql, RawClient.query(sql));
    }

    /// Answered by ReadyForQuery.
    Voice says(String what, byte[]... parts) throws IOException {
        return says(what, 1, parts);
    }

    /// Answered by so many ReadyForQuery.
    Voice says(String what, int ends, byte[]... parts) throws IOException {
        tells(parts);
        return hears(what, 'Z', ends);
    }

    /// Answered by this, and no ReadyForQuery.
    Voice saysUntil(char last, String what, byte[]... parts) throws IOException {
        tells(parts);
        return hears(what, last, 1);
    }

    /// Without waiting for an answer.
    Voice tells(byte[]... parts) throws IOException {
        try {
            client.send(parts);
        } catch (SocketException _) {
            // it is gone: what it was told before comes when it hears
        }
        return this;
    }

    /// Up to ReadyForQuery.
    Voice hears(String what) throws IOException {
        return hears(what, 'Z', 1);
    }

    /// Up to the end of the connection.
    Voice hearsOut(String what) throws IOException {
        return hears(what, '\0', 1);
    }

    Voice hears(String what, char last, int times) throws IOException {
        List<String> all = new ArrayList<>();
        int left = times;
        try {
            while (left > 0) {
                Message said = client.read();
                all.add(masked(said));
                left -= said.type() == last ? 1 : 0;
            }
        } catch (EOFException | SocketException _) {
            all.add("(the end)");
        } catch (SocketTimeoutException _) {
            all.add("(silence)");
        }
        writer.accept(new Line(name + ": " + what, String.join("\n", inOrder(all))));
        return this;
    }

    /// A byte that is no message, as SSLRequest has for an answer.
    Voice hearsByte(String what) throws IOException {
        int heard = client.oneByte();
        writer.accept(new Line(name + ": " + what, heard < 0 ? "(the end)" : "" + (char) heard));
        return this;
    }

    /// How many rows of a table of the console's are about a database.
    long rows(String show, String database) throws IOException {
        return client.ask(show).messages().stream()
                .filter(each -> each.type() == 'D' && each.text().contains("postgres|"))
                .filter(each -> each.text().contains(database))
                .count();
    }

    /// How many clients of a database wait, by the console's word.
    long waiting(String database) throws IOException {
        return client.ask("SHOW CLIENTS").messages().stream()
                .filter(each -> each.type() == 'D' && each.text().contains("waiting"))
                .filter(each -> each.text().contains(database))
                .count();
    }

    void cancels(int port) throws IOException {
        RawClient.cancel(port, client.cancelRequest());
    }

    /// Whether it is a program's own error: a server names the routine that raised it.
    static boolean isOwn(String text) {
        return !text.contains("|R");
    }

    private static String masked(Message said) {
        String text = new String(said.body(), StandardCharsets.UTF_8).replace('\0', '|');
        return switch (said.type()) {
            case 'K' -> "K";
            case 'E' -> "E " + (isOwn(text) ? VERBAL.matcher(text).replaceFirst("") : text);
            case 'A' -> "A " + text.substring(4);
            default -> said.type() + " " + (text.length() > 400 ? "#" + text.hashCode() : text);
        };
    }

    /// The order of parameters that are told one after the other means nothing.
    private static List<String> inOrder(List<String> all) {
        List<String> ordered = new ArrayList<>(all);
        int from = 0;
        while (from < ordered.size()) {
            int to = from;
            while (to < ordered.size() && ordered.get(to).startsWith("S ")) {
                to++;
            }
            ordered.subList(from, to).sort(null);
            from = to + 1;
        }
        return ordered;
    }

    /// Without a word.
    @Override
    public void close() throws IOException {
        client.close();
    }
}

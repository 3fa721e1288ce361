package io.toomai.proxy.session;

import io.netty.buffer.ByteBuf;
import io.toomai.proxy.relay.ProtocolViolation;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What is set on a server's session. A client that gets the server finds there what it has set
/// itself and nothing of what others have: where the two differ, a query goes ahead of its first
/// message.
///
/// Followed are all parameters that the server reports and one can set: any change of those is
/// seen, also one that a transaction's end takes back. Of those that are not reported, the ones
/// that clients name in their StartupMessage are set and taken back. Not thread safe: belongs to an
/// event loop.
public final class ServerSettings {
    /// Reported, but nobody's to set.
    private static final TreeSet<String> FACTS = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    static {
        FACTS.add("server_version");
        FACTS.add("server_encoding");
        FACTS.add("integer_datetimes");
        FACTS.add("in_hot_standby");
        FACTS.add("is_superuser");
    }

    /// In place of a value that may have been changed without a word. No value can be so.
    private static final String UNKNOWN = "\0";

    private final ParameterTable table;

    /// What it reports where nobody has set anything.
    private Parameters unset;

    private Parameters reported;

    /// What was set and is still in force.
    private Parameters applied = Parameters.NONE;

    private boolean isAdjusting;

    /// What is being set.
    private Parameters adjustingTo = Parameters.NONE;

    /// @param said what the server reported when the session began
    /// @throws ProtocolViolation when that is too much
    public ServerSettings(ParameterTable table, Map<String, String> said) {
        this.table = table;
        unset = table.same(Parameters.of(said));
        reported = unset;
        applied = table.same(applied);
    }

    /// What is set. The same object where a [ClientSettings#wish] is the same.
    public Object state() {
        return applied;
    }

    /// The query that makes it the client's; then [#adjusted] must follow, if the query succeeds.
    ///
    /// @return nothing where it is the client's as it is
    @SuppressWarnings("ReferenceEquality") // of one table, and asked for each query
    public Optional<String> adjustTo(ClientSettings client) {
        if (applied == client.wished) {
            return Optional.empty();
        }
        Optional<String> query = Adjustment.between(applied, reported, client.wished);
        if (query.isEmpty()) {
            applied = client.wished;
        } else {
            isAdjusting = true;
            adjustingTo = client.wished;
        }
        return query;
    }

    /// The query has been answered, whatever its client wishes by now. What was taken back shows
    /// what it is where nobody sets it.
    public void adjusted() {
        isAdjusting = false;
        applied.forEach((name, _) -> {
            String value = reported.get(name);
            if (value != null && !adjustingTo.has(name)) {
                unset = unset.with(name, value);
            }
        });
        unset = table.same(unset);
        applied = adjustingTo;
    }

    /// The server has refused the query: all is as it was.
    public void refused() {
        isAdjusting = false;
    }

    /// What the client must hear, since it was told otherwise: a value that is put in the server's
    /// words, or that has changed while another client had the server.
    @SuppressWarnings("ReferenceEquality") // of one table, and asked for each query
    public void tell(ClientSettings client, BiConsumer<String, String> what) {
        Parameters before = client.told;
        if (before == reported) {
            return;
        }
        client.told = reported;
        reported.forEach((name, value) -> {
            if (!value.equals(before.get(name))) {
                what.accept(name, value);
            }
        });
    }

    /// Whether it says that nothing can be written there (PostgreSQL 14).
    public boolean isStandby() {
        return "on".equals(reported.get("in_hot_standby"));
    }

    /// The client goes on with another server, and takes along what it has set here.
    ///
    /// @param set all that the server lists as set in the session
    /// @throws ProtocolViolation when that is too much
    public void carry(ClientSettings client, Map<String, String> set) {
        Parameters carried = client.wished;
        List<String> listed = new ArrayList<>();
        client.wished.forEach((name, _) -> {
            if (!reported.has(name) && !name.contains(".") && !set.containsKey(name)) {
                listed.add(name); // it was taken back since
            }
        });
        for (String name : listed) {
            carried = carried.without(name);
        }
        for (Map.Entry<String, String> each : set.entrySet()) {
            if (!reported.has(each.getKey())) {
                carried = carried.with(each.getKey(), each.getValue());
            }
        }
        client.wished = table.same(carried);
        client.settle();
    }

    /// How texts for the client are encoded.
    public Charset encoding() {
        return Encodings.of(reported.get("client_encoding"));
    }

    /// ParameterStatus.
    ///
    /// @param client whose the server is; it gets the message itself
    /// @throws ProtocolViolation when it is none
    public void report(ByteBuf in, int index, int length, @Nullable ClientSettings client) {
        String name = read(in, index, length);
        String value = Objects.requireNonNull(reported.get(name));
        if (client != null) {
            client.told = reported;
        }
        if (isAdjusting || FACTS.contains(name)) {
            return;
        }
        if (client != null) {
            client.wished = changed(client.wished, name, value);
            applied = changed(applied, name, value);
        } else if (applied.has(name)) {
            applied = changed(applied, name, value);
        } else {
            unset = table.same(unset.with(name, value)); // its files were read again
        }
    }

    /// ParameterStatus, because the proxy has rolled back what a client that is gone left open: so
    /// it was set before that transaction, by whomever.
    ///
    /// @throws ProtocolViolation when it is none
    public void takeBack(ByteBuf in, int index, int length) {
        String name = read(in, index, length);
        if (!FACTS.contains(name)) {
            applied = changed(applied, name, Objects.requireNonNull(reported.get(name)));
        }
    }

    /// @return the parameter's name
    private String read(ByteBuf in, int index, int length) {
        int end = index + length;
        int nameEnd = in.indexOf(index, end, (byte) 0);
        int valueEnd = nameEnd < 0 ? -1 : in.indexOf(nameEnd + 1, end, (byte) 0);
        if (valueEnd < 0) {
            throw new ProtocolViolation("a ParameterStatus message whose texts do not end");
        }
        Charset encoding = encoding();
        String name = in.toString(index, nameEnd - index, encoding);
        String value = in.toString(nameEnd + 1, valueEnd - nameEnd - 1, encoding);
        reported = table.same(reported.with(name, value));
        return name;
    }

    private Parameters changed(Parameters set, String name, String value) {
        return table.same(
                value.equals(unset.get(name)) ? set.without(name) : set.with(name, value));
    }

    /// A command was done that may have changed what is not reported.
    public void mayHaveChanged() {
        Parameters before = applied;
        before.forEach((name, _) -> {
            if (!reported.has(name)) {
                applied = applied.with(name, UNKNOWN);
            }
        });
        applied = table.same(applied);
    }
}

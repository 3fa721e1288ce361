package io.toomai.wire;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Pattern;

/// A blocking session for replication commands (`replication=true`: no SQL but SHOW). Commands of
/// several threads wait for each other. [#close()] may be called by any thread at any time and
/// makes a running command fail promptly with `WIRE_CLOSED`. A server error leaves the session
/// usable; every other failure ends it.
public final class ReplicationConnection implements AutoCloseable {
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");
    private static final Pattern PARAMETER_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.$]{0,127}");

    private final Channel channel;
    private final ConnectOptions options;
    private final ReentrantLock oneCommand = new ReentrantLock();

    private ReplicationConnection(Channel channel, ConnectOptions options) {
        this.channel = channel;
        this.options = options;
    }

    /// Connects and authenticates.
    ///
    /// @throws WireException when that fails
    public static ReplicationConnection open(ConnectOptions options) {
        return new ReplicationConnection(Channel.open(options), options);
    }

    public SystemIdentity identifySystem() {
        Row row = simpleQuery("IDENTIFY_SYSTEM").onlyRow();
        return new SystemIdentity(
                row.required(0), row.requiredInt(1), row.requiredLsn(2), row.text(3));
    }

    /// The history file of a timeline. Timeline 1 has none: the server answers with an error.
    public TimelineHistory timelineHistory(int timeline) {
        if (timeline < 1) {
            throw new IllegalArgumentException("not a timeline: " + timeline);
        }
        Row row = simpleQuery("TIMELINE_HISTORY " + timeline).onlyRow();
        return new TimelineHistory(row.required(0), row.requiredBytes(1));
    }

    /// @throws WireException with SQLSTATE 42710 when the slot exists
    public void createPhysicalSlot(String name, WalReservation reservation) {
        String reserve =
                switch (reservation) {
                    case IMMEDIATELY -> " RESERVE_WAL";
                    case ON_FIRST_USE -> "";
                };
        simpleQuery("CREATE_REPLICATION_SLOT " + slot(name) + " PHYSICAL" + reserve);
    }

    /// @throws WireException with SQLSTATE 42704 when there is no such slot, 55006 when it is in
    ///   use
    public void dropSlot(String name) {
        simpleQuery("DROP_REPLICATION_SLOT " + slot(name));
    }

    /// The value of a server parameter, as SHOW prints it.
    public String show(String parameter) {
        if (!PARAMETER_NAME.matcher(parameter).matches()) {
            throw new IllegalArgumentException("not a parameter name: " + parameter);
        }
        return simpleQuery("SHOW " + parameter).onlyRow().required(0);
    }

    /// Runs one replication command. The text is sent as it is: never build it from foreign input.
    public QueryResult simpleQuery(String command) {
        return exclusively(session -> {
            session.query(command);
            QueryResult result = session.result();
            session.ready();
            return result;
        });
    }

    /// The server's major version, e.g. 15.
    public int serverMajor() {
        String version = channel.parameter("server_version").orElse("");
        int end = 0;
        while (end < version.length() && Character.isDigit(version.charAt(end))) {
            end++;
        }
        if (end == 0 || end > 4) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL,
                    "the server did not say its version in a known form: '" + version + "'");
        }
        return Integer.parseInt(version, 0, end, 10);
    }

    /// Where this session goes, for messages: `host:port`.
    public String address() {
        return options.address();
    }

    /// Ends the session. A command that another thread runs on it fails promptly.
    @Override
    public void close() {
        if (oneCommand.tryLock()) {
            try {
                channel.terminate();
            } finally {
                channel.close();
                oneCommand.unlock();
            }
        } else {
            channel.close();
        }
    }

    /// Runs one exchange; whatever leaves it half done closes the session, and the read timeout is
    /// the configured one again afterwards.
    <T> T exclusively(Function<Channel, T> exchange) {
        oneCommand.lock();
        try {
            T result = exchange.apply(channel);
            channel.readTimeout(options.readTimeout());
            return result;
        } catch (RuntimeException | Error e) {
            if (channel.idle()) {
                restoreReadTimeout(e);
            } else {
                channel.close();
            }
            throw e;
        } finally {
            oneCommand.unlock();
        }
    }

    private void restoreReadTimeout(Throwable cause) {
        try {
            channel.readTimeout(options.readTimeout());
        } catch (WireException e) {
            cause.addSuppressed(e);
            channel.close();
        }
    }

    private static String slot(String name) {
        if (!SLOT_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a slot name has 1 to 63 of a-z, 0-9 and _: '" + name + "'");
        }
        return '"' + name + '"';
    }
}

package io.toomai.proxy.console;

import io.toomai.proxy.pool.Statistics.Totals;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/// What can be seen of a proxy at the moment. Asked on the proxy's event loop.
public interface Overview {
    List<DatabaseLine> databases();

    List<PoolLine> pools();

    /// Clients after their login, in the order in which they came.
    List<SocketLine> clients();

    /// How many of them are alike.
    Map<Alike, Integer> clientsAlike();

    /// Clients that are still logging in.
    List<SocketLine> logins();

    List<SocketLine> servers();

    /// Of clients after their login.
    int clientCount();

    /// Of connections to servers that are logged in.
    int serverCount();

    List<UserLine> users();

    List<TrafficLine> traffic();

    List<LatencyLine> latencies();

    List<PeerLine> peers();

    List<SettingLine> settings();

    List<PauseLine> pauses();

    /// Clients that keep a server at the moment, in the order in which they came.
    List<PinLine> pins();

    /// None where the file names the hosts.
    List<RouteLine> routes();

    /// Where clients are led by each route that there is.
    List<WayLine> ways();

    List<HostLine> hosts();

    Condition condition();

    /// The event loop's own memory, by what it is for; in bytes.
    List<MemoryLine> memory();

    /// Whether anything is served.
    enum Condition {
        ACTIVE,
        PAUSED,
        SUSPENDED
    }

    /// A database as clients call it.
    ///
    /// @param forcedUser who logs in to its servers whoever the client is
    /// @param poolMode absent: as for all
    /// @param balance only where there are several hosts
    record DatabaseLine(
            String name,
            Optional<String> host,
            int port,
            String database,
            Optional<String> forcedUser,
            Optional<String> poolMode,
            Optional<String> balance,
            DatabaseNumbers numbers,
            Service service) {}

    /// @param serverLifetime in seconds
    record DatabaseNumbers(
            int poolSize,
            int minPoolSize,
            int reservePoolSize,
            long serverLifetime,
            int maxConnections,
            int connections,
            int maxClientConnections,
            int clientConnections) {}

    /// Whether a database serves its clients.
    enum Service {
        OPEN,
        PAUSED,
        /// No new client is let in.
        DISABLED,
        PAUSED_AND_DISABLED;

        public static Service of(boolean paused, boolean disabled) {
            if (paused) {
                return disabled ? PAUSED_AND_DISABLED : PAUSED;
            }
            return disabled ? DISABLED : OPEN;
        }

        public boolean isPaused() {
            return this == PAUSED || this == PAUSED_AND_DISABLED;
        }

        public boolean isDisabled() {
            return this == DISABLED || this == PAUSED_AND_DISABLED;
        }
    }

    /// @param maxWait of the client that waits longest, in microseconds
    record PoolLine(
            String database,
            String user,
            ClientNumbers clients,
            ServerNumbers servers,
            long maxWait,
            String poolMode,
            Optional<String> balance,
            ListenNumbers listening) {}

    /// Clients that listen to notifications, and connections that do so for them.
    record ListenNumbers(int clients, int connections) {
        public static final ListenNumbers NONE = new ListenNumbers(0, 0);

        public ListenNumbers plus(ListenNumbers more) {
            return new ListenNumbers(clients + more.clients, connections + more.connections);
        }
    }

    /// @param activeCancels requests to cancel that are on their way to a server
    record ClientNumbers(int active, int waiting, int activeCancels, int waitingCancels) {
        public int all() {
            return active + waiting;
        }
    }

    /// @param cancels connections that carry a request to cancel
    /// @param used idle for so long that it is asked before it is used
    record ServerNumbers(
            int active, int cancels, int beingCanceled, int idle, int used, int tested, int login) {
        public int all() {
            return active + cancels + beingCanceled + idle + used + tested + login;
        }
    }

    /// A connection of a client or to a server.
    ///
    /// @param state without the prefix of `SHOW SOCKETS`
    /// @param replication `none`, `logical` or `physical`
    /// @param waited how long it has waited for a server, in microseconds
    /// @param link the id of what it is linked to, if it is
    /// @param process of the other end, where it is known; else 0
    /// @param tls what was negotiated, or empty
    record SocketLine(
            Side side,
            long id,
            String user,
            String database,
            String state,
            String replication,
            Address remote,
            Address local,
            Instant connected,
            Instant requested,
            long waited,
            Closing closing,
            Optional<Long> link,
            int process,
            String tls,
            String applicationName,
            int preparedStatements) {}

    /// What several clients may have in common.
    ///
    /// @param state as in their [SocketLine]
    record Alike(String database, String user, String applicationName, String state) {}

    /// Which side of the proxy.
    enum Side {
        CLIENT,
        SERVER
    }

    /// Whether a connection is to be closed as soon as it is free.
    enum Closing {
        NO,
        WHEN_FREE
    }

    /// Of a socket; a Unix socket is called `unix`.
    record Address(String host, int port) {
        public static final Address NOWHERE = new Address("", 0);
    }

    /// @param poolMode absent: as for all
    record UserLine(
            String name,
            Optional<Integer> poolSize,
            Optional<Integer> reservePoolSize,
            Optional<String> poolMode,
            int maxConnections,
            int connections,
            int maxClientConnections,
            int clientConnections) {}

    record TrafficLine(String database, Totals total, Totals average) {}

    /// How long something takes in a pool, in microseconds, since the start.
    ///
    /// @param quantiles such as `0.99`, in ascending order
    record LatencyLine(
            String database,
            String user,
            Taking of,
            SortedMap<String, Long> quantiles,
            long sum,
            long count) {}

    /// What takes time.
    enum Taking {
        QUERY("query_duration"),
        TRANSACTION("transaction_duration"),
        /// A client's waiting for a server.
        WAIT("client_wait");

        private final String word;

        Taking(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    record PeerLine(
            int id, String host, int port, int poolSize, ClientNumbers clients, int cancels) {}

    record SettingLine(String name, String value, String byDefault, Changeable changeable) {}

    /// Whether RELOAD and SET change a setting.
    enum Changeable {
        YES,
        NO
    }

    /// Something that was stopped.
    ///
    /// @param database `*` for all
    /// @param state `waiting` until the last server is free, then `paused`
    /// @param owner who ordered it
    /// @param ends what ends it
    record PauseLine(
            String database,
            String state,
            String owner,
            String ends,
            int serversInUse,
            long seconds) {}

    /// A client that keeps a server: nobody else gets that one meanwhile.
    ///
    /// @param client its id
    /// @param member or host where the server is
    /// @param process of the server
    /// @param why in plain words
    /// @param seconds since it got the server
    record PinLine(
            long client,
            String database,
            String user,
            Address remote,
            String member,
            int process,
            Pin reason,
            String why,
            long seconds) {}

    /// Why a client keeps its server.
    enum Pin {
        SESSION("session", "session pooling"),
        REPLICATION("replication", "it replicates"),
        COPY("copy", "a COPY is under way"),
        ACTIVE_TRANSACTION(
                "active_transaction", "a transaction is open, and its server is at work"),
        IDLE_TRANSACTION(
                "idle_transaction", "a transaction is open, and its server waits for the client"),
        FAILED_TRANSACTION("failed_transaction", "a transaction has failed and is still open"),
        PIPELINE("pipeline", "what it has sent is not ended by a Sync"),
        QUERY("query", "its server is at work"),
        MESSAGE("message", "a message has come in part"),
        /// It is about to give it back.
        NOTHING("nothing", "nothing any more");

        private final String word;
        private final String text;

        Pin(String word, String text) {
            this.word = word;
            this.text = text;
        }

        /// For programs.
        public String word() {
            return word;
        }

        /// For people.
        public String text() {
            return text;
        }
    }

    /// A member of the cluster that clients are led to.
    ///
    /// @param lag in bytes behind the leader; -1 where nobody knows
    /// @param connections of this proxy
    record RouteLine(
            String member,
            String host,
            int port,
            String role,
            String state,
            String duty,
            long lag,
            int connections) {}

    /// A route of clients, and where it leads.
    ///
    /// @param port that leads there; 0 where none does, or any free one
    /// @param mostClients that the proxy lets in, by all routes
    /// @param standing whether a client that comes now finds a server
    record WayLine(
            String route,
            int port,
            int mostClients,
            ClientNumbers clients,
            long maxWait,
            Totals total,
            Standing standing,
            List<StopLine> stops) {}

    /// A server as one route sees it.
    ///
    /// @param role empty where nobody knows
    /// @param why no client of this route is led there; empty where they are
    /// @param weight its share against the others'
    /// @param lag in bytes behind the leader; -1 where nobody knows
    record StopLine(
            String name,
            String host,
            int port,
            String role,
            Rank rank,
            long weight,
            long lag,
            String why,
            StopNumbers servers,
            Standing standing) {}

    /// Connections of one route to one server.
    record StopNumbers(int open, int active) {}

    /// Whether a server is one of several, or stands in for them.
    enum Rank {
        ACTIVE,
        BACKUP
    }

    /// How something stands, and for how long.
    ///
    /// @param seconds since it has
    /// @param falls how often it was up and then was not
    /// @param secondsDown all that it was not up, this time included
    record Standing(Stand stand, long seconds, long falls, long secondsDown) {}

    /// Whether clients are led somewhere.
    enum Stand {
        UP,
        /// It does not run.
        DOWN,
        DRAIN,
        MAINTENANCE,
        /// It runs, and this route leads elsewhere.
        PASSED_BY,
        /// A host of the file's that nobody has tried.
        UNTRIED
    }

    /// A host name that was resolved.
    ///
    /// @param seconds until it is asked for again
    record HostLine(String name, long seconds, List<String> addresses) {}

    record MemoryLine(String name, long size, long used, long free) {}
}

package io.toomai.proxy.net;

import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.PoolRules;
import io.toomai.proxy.config.TimeRules;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.pool.PoolLimits;
import io.toomai.proxy.relay.UnconfirmedCommit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the files say of one pool, until the next reload. What is asked for each query is worked
/// out once. Immutable.
final class Terms {
    /// For the proxy's own queries where `server_connect_timeout` sets no limit.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Database database;
    private final Configuration configuration;
    private final String user;
    private final PoolRules rules;
    private final int mostWaiting;
    private final Reset reset;
    private final UnconfirmedCommit unconfirmedCommit;
    private final boolean listens;

    /// When `server_reset_query` is asked.
    enum Reset {
        AFTER_A_SESSION,
        /// `server_reset_query_always`
        AFTER_EACH_TRANSACTION
    }

    /// @param user as whom the servers are logged in to
    Terms(Database database, Configuration configuration, String user) {
        this.database = database;
        this.configuration = configuration;
        this.user = user;
        rules = PoolRules.of(configuration.settings(), database, user);
        mostWaiting = values().number("max_waiting_clients");
        reset =
                values().isOn("server_reset_query_always")
                        ? Reset.AFTER_EACH_TRANSACTION
                        : Reset.AFTER_A_SESSION;
        unconfirmedCommit =
                values().text("unconfirmed_commit").equals("error")
                        ? UnconfirmedCommit.ERROR
                        : UnconfirmedCommit.WARNING;
        listens = values().isOn("listen_notify");
    }

    /// Whether clients that share servers may listen.
    boolean listens() {
        return listens;
    }

    Database database() {
        return database;
    }

    Configuration configuration() {
        return configuration;
    }

    PoolRules rules() {
        return rules;
    }

    ValuesOf values() {
        return configuration.settings().values();
    }

    /// `max_waiting_clients`; 0 = no limit.
    int mostWaiting() {
        return mostWaiting;
    }

    UnconfirmedCommit unconfirmedCommit() {
        return unconfirmedCommit;
    }

    Reset reset() {
        return reset;
    }

    /// At most one query.
    List<String> resetQuery() {
        return values().given("server_reset_query").stream().toList();
    }

    PoolLimits limits() {
        return new PoolLimits(
                rules.size(),
                rules.least(),
                rules.reserve(),
                values().time("reserve_pool_timeout").toNanos(),
                rules.serverLifetime().toNanos(),
                values().time("server_idle_timeout").toNanos(),
                checkQuery().isEmpty()
                        ? 0
                        : Math.max(1, values().time("server_check_delay").toNanos()),
                values().time("server_login_retry").toNanos());
    }

    Pool.Order order() {
        return values().isOn("server_round_robin") ? Pool.Order.ROUND_ROBIN : Pool.Order.LAST_USED;
    }

    /// Empty where servers are not checked; an empty query is one, too.
    Optional<String> checkQuery() {
        return values().given("server_check_query")
                .map(query -> query.equals("<empty>") ? "" : query);
    }

    /// @param client who logged in
    TimeRules timesOf(String client) {
        return TimeRules.of(configuration.settings(), database, client);
    }

    /// Of a login; 0 = no limit.
    Duration connectTimeout() {
        return values().time("server_connect_timeout");
    }

    /// Of the proxy's own queries.
    Duration patience() {
        return connectTimeout().isPositive() ? connectTimeout() : PATIENCE;
    }

    /// With what to log in: as a user that is forced with what the file says of the database, else
    /// the user list, else what the client has shown; as the client with what it has shown, else
    /// the user list. The file's word without a user is for whom nothing else is known. Who came
    /// before the file forced a user stays who it is.
    Grant credentials(Grant shown) {
        Grant byEntry =
                database.password().<Grant>map(Grant.Password::new).orElseGet(Grant.Nothing::new);
        Grant byList = Grant.of(listed());
        if (isForced()) {
            return known(List.of(byEntry, byList, shown));
        }
        return database.forcedUser().isPresent()
                ? known(List.of(shown, byList))
                : known(List.of(shown, byList, byEntry));
    }

    /// The first that says anything.
    private static Grant known(List<Grant> grants) {
        return grants.stream()
                .filter(grant -> !(grant instanceof Grant.Nothing))
                .findFirst()
                .orElseGet(Grant.Nothing::new);
    }

    private boolean isForced() {
        return database.forcedUser().filter(user::equals).isPresent();
    }

    private Optional<StoredPassword> listed() {
        return configuration.users().passwordOf(user);
    }

    /// What a server's session begins with: what the file says of the database, where nobody wants
    /// something else.
    Map<String, String> startup(Map<String, String> wanted) {
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(database.startup());
        all.putAll(wanted);
        return all;
    }

    /// What is left of that with which servers were logged in to.
    ///
    /// @param shown by clients, while other terms held
    Grant kept(Grant shown, Terms before) {
        if (!before.user.equals(user)) {
            return new Grant.Nothing();
        }
        Grant known = before.isForced() && !isForced() ? before.credentials(shown) : shown;
        return listed().equals(before.listed())
                ? known
                : listed().map(stored -> known.after(user, stored)).orElse(known);
    }

    /// Whether the servers are the same, and logged in to in the same way.
    boolean leadTo(Terms other) {
        return isAt(other.database)
                && other.database.dbname().equals(database.dbname())
                && other.database.password().equals(database.password())
                && other.database.forcedUser().equals(database.forcedUser())
                && other.database.connectQuery().equals(database.connectQuery())
                && other.database.startup().equals(database.startup())
                && other.configuration
                        .access()
                        .serverTls()
                        .isLike(configuration.access().serverTls())
                && other.configuration
                        .users()
                        .passwordOf(user)
                        .equals(configuration.users().passwordOf(user));
    }

    /// Whether a database is at the same place.
    boolean isAt(Database other) {
        return other.hosts().equals(database.hosts())
                && other.port() == database.port()
                && other.balance() == database.balance()
                && other.route().equals(database.route());
    }
}

package io.toomai.dcs.zookeeper;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Which ZooKeeper, and how to reach it.
///
/// @param connectString `host:port[,host:port]…`, the nearest server first
/// @param activityLag time after which the server that a client talks to has certainly told the
///   ZooKeeper leader that the client is alive: one `tickTime` (decision 0003)
/// @param shortestSession what is asked for at least; longer than followers bear a leader that
///   hangs
/// @param tls absent where the servers speak without
public record ZooKeeperServers(
        String connectString,
        Duration activityLag,
        Duration shortestSession,
        Nearness nearness,
        Optional<Tls> tls) {
    /// For servers with ZooKeeper's usual `tickTime` of two seconds.
    private static final Duration USUAL_ACTIVITY_LAG = Duration.ofSeconds(2);

    /// By the rule *session > syncLimit × tick + 2.5 s* (decision 0003) with the usual limit of
    /// five ticks.
    private static final Duration USUAL_SHORTEST_SESSION = Duration.ofSeconds(13);

    /// What the first server of the list is.
    public enum Nearness {
        /// The voter in this process: it is tried first each time, and says when it serves again.
        OWN_VOTER,
        /// A voter of the embedded store in another process, one of equals: when it is silent or
        /// gone, the next one is used at once.
        ANY_VOTER,
        /// One of equals that others run; left as quickly.
        ANOTHERS;

        boolean isOneOfEquals() {
            return this != OWN_VOTER;
        }

        /// The setting that says who this process is.
        String loginSetting() {
            return switch (this) {
                case OWN_VOTER, ANY_VOTER -> "toomai.store.password";
                case ANOTHERS -> "zookeeper.auth_data";
            };
        }
    }

    /// Servers that somebody else runs.
    public static ZooKeeperServers ensemble(String connectString, Optional<Tls> tls) {
        return new ZooKeeperServers(
                connectString, USUAL_ACTIVITY_LAG, USUAL_SHORTEST_SESSION, Nearness.ANOTHERS, tls);
    }

    /// The session to ask for where a lease of `ttl` is wanted.
    Duration session(Duration ttl) {
        return ttl.compareTo(shortestSession) < 0 ? shortestSession : ttl;
    }

    /// Why they let nobody in, and the way out.
    String whyDenied() {
        return switch (nearness) {
            case OWN_VOTER, ANY_VOTER ->
                    "the voters serve only who has their password; set toomai.store.password on this"
                            + " node as on theirs";
            case ANOTHERS ->
                    "the server refuses the credentials or knows no such scheme; correct"
                            + " zookeeper.auth_data, or the server's authProvider";
        };
    }

    /// Why there is no connection, as far as it can be told.
    String whyAway() {
        String first = "no connection to a server with a majority";
        return switch (nearness) {
            case OWN_VOTER -> first;
            case ANY_VOTER ->
                    first + " (do the voters listen for other hosts, toomai.store.client_listen?)";
            case ANOTHERS ->
                    first
                            + (tls.isPresent()
                                    ? ", by TLS (zookeeper.use_ssl; is it a TLS port, and are its"
                                            + " certificate and ours believed?)"
                                    : ", without TLS (zookeeper.use_ssl; is it a plain port?)");
        };
    }

    /// @param authorities whose certificates are believed; Java's without
    /// @param identity what is shown to a server that asks
    public record Tls(Optional<KeyFile> authorities, Optional<KeyFile> identity) {}

    /// A PKCS#12 file.
    public record KeyFile(Path file, Secret password) {}
}

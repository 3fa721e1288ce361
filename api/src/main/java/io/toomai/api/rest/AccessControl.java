package io.toomai.api.rest;

import io.toomai.api.NodeStatus;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.rest.Request.Caller;
import io.toomai.api.rest.Request.ClientCertificate;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MonoTime;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Who may change things (contract §2.5), in this order: address, client certificate, whether the
/// API is protected at all (decision 0004), name and password. Reading is free for everybody.
/// Resolving host names may wait; it happens on the virtual thread of the call. Thread safe.
final class AccessControl {
    /// Where the server listens; a wildcard counts as reachable.
    enum Reach {
        THIS_HOST,
        OTHER_HOSTS
    }

    private final RestConfig config;
    private final Reach reach;
    private final Supplier<List<String>> neighbours;

    /// @param neighbours API URLs of other groups' members, as last seen; waits for nothing
    AccessControl(RestConfig config, Reach reach, Supplier<List<String>> neighbours) {
        this.config = config;
        this.reach = reach;
        this.neighbours = neighbours;
    }

    /// The refusal, if it is one.
    Optional<Reply> check(Route route, Caller caller, NodeStatus status, MonoTime now) {
        if (route.isFree()) {
            return Optional.empty();
        }
        Optional<ClusterView> cluster =
                route == Route.FAILSAFE ? Optional.empty() : status.cluster(now);
        if (config.hasAllowlist() && !isAllowed(route, caller.address(), cluster)) {
            return Optional.of(Reply.text(403, "Access is denied"));
        }
        if (config.checksClientCertificates()
                && caller.certificate() == ClientCertificate.NOT_SHOWN) {
            return Optional.of(Reply.text(403, "client certificate required"));
        }
        if (isUnprotected() && !caller.address().isLoopbackAddress() && route != Route.FAILSAFE) {
            return Optional.of(Reply.text(403, unprotectedText(status)));
        }
        return authenticate(caller);
    }

    /// Any of the three protections is the operator's decision; without one, anybody who reaches
    /// the port could move the leader or throw data away.
    private boolean isUnprotected() {
        return reach == Reach.OTHER_HOSTS
                && config.unauthenticated() == Unauthenticated.REFUSE
                && config.authentication().isEmpty()
                && !config.checksClientCertificates()
                && !config.hasAllowlist();
    }

    private static String unprotectedText(NodeStatus status) {
        return "refused: the REST API of "
                + status.identity().name()
                + " can be reached from other hosts and nothing protects it, so it changes nothing."
                + " Set restapi.authentication (username, password), or restapi.certfile with"
                + " restapi.verify_client, or restapi.allowlist; or call it from its own host;"
                + " or accept the risk with toomai.restapi.unauthenticated: allow";
    }

    private boolean isAllowed(Route route, InetAddress caller, Optional<ClusterView> cluster) {
        if (config.allowlist().stream().anyMatch(entry -> matches(entry, caller))) {
            return true;
        }
        if (config.allowlistIncludeMembers() == Members.NOT_INCLUDED) {
            return false;
        }
        if (route == Route.FAILSAFE && config.allowlist().isEmpty()) {
            return true; // contract §2.5: only an explicit list counts here
        }
        Stream<String> others =
                route == Route.FAILSAFE ? Stream.empty() : neighbours.get().stream();
        return Stream.concat(
                        cluster.stream()
                                .flatMap(view -> view.members().stream())
                                .map(Member::apiUrl),
                        others)
                .flatMap(AccessControl::host)
                .anyMatch(host -> resolvesTo(host, caller));
    }

    private static Stream<String> host(String apiUrl) {
        try {
            return Stream.ofNullable(URI.create(apiUrl).getHost())
                    .map(host -> host.replaceAll("[\\[\\]]", ""));
        } catch (IllegalArgumentException e) {
            return Stream.empty(); // a member published nonsense
        }
    }

    private static boolean matches(String entry, InetAddress caller) {
        int slash = entry.indexOf('/');
        if (slash < 0) {
            return resolvesTo(entry, caller);
        }
        try {
            byte[] network = InetAddress.ofLiteral(entry.substring(0, slash)).getAddress();
            int bits = Integer.parseInt(entry.substring(slash + 1));
            byte[] address = caller.getAddress();
            return network.length == address.length
                    && bits >= 0
                    && bits <= network.length * 8
                    && samePrefix(network, address, bits);
        } catch (IllegalArgumentException e) {
            return false; // not a network; nobody is in it
        }
    }

    private static boolean samePrefix(byte[] network, byte[] address, int bits) {
        int whole = bits / 8;
        if (!Arrays.equals(network, 0, whole, address, 0, whole)) {
            return false;
        }
        int rest = bits % 8;
        int mask = rest == 0 ? 0 : 0xff << (8 - rest) & 0xff;
        return rest == 0 || (network[whole] & mask) == (address[whole] & mask);
    }

    private static boolean resolvesTo(String host, InetAddress caller) {
        try {
            return Arrays.asList(InetAddress.getAllByName(host)).contains(caller);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private Optional<Reply> authenticate(Caller caller) {
        if (config.authentication().isEmpty()) {
            return Optional.empty();
        }
        if (caller.authorization().isEmpty()) {
            return Optional.of(unauthorized("no auth header received"));
        }
        RestConfig.BasicAuth auth = config.authentication().get();
        String wanted = HttpCall.basic(auth.username(), auth.password()).reveal();
        // Equal length and constant time: neither length nor first difference can be measured.
        return MessageDigest.isEqual(digest(wanted), digest(caller.authorization().get().strip()))
                ? Optional.empty()
                : Optional.of(unauthorized("not authenticated"));
    }

    private static Reply unauthorized(String text) {
        return Reply.text(401, text).withHeader("WWW-Authenticate", "Basic realm=\"Patroni\"");
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// Entries of the allowlist that can never match, for the log.
    static List<String> unusableEntries(List<String> allowlist) {
        List<String> unusable = new ArrayList<>();
        for (String entry : allowlist) {
            int slash = entry.indexOf('/');
            if (slash < 0) {
                continue;
            }
            try {
                int length = InetAddress.ofLiteral(entry.substring(0, slash)).getAddress().length;
                int bits = Integer.parseInt(entry.substring(slash + 1));
                if (bits < 0 || bits > length * 8) {
                    unusable.add(entry);
                }
            } catch (IllegalArgumentException e) {
                unusable.add(entry);
            }
        }
        return unusable;
    }
}

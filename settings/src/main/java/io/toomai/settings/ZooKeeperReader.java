package io.toomai.settings;

import io.toomai.core.model.Secret;
import io.toomai.settings.ZooKeeperSection.Grant;
import io.toomai.settings.ZooKeeperSection.Permission;
import io.toomai.settings.ZooKeeperSection.Tls;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Reads `zookeeper` (contract §4.2). Used once.
final class ZooKeeperReader {
    static final String SECTION = "zookeeper";

    private static final String HOSTS = "zookeeper.hosts";
    private static final String ACLS = "zookeeper.set_acls";
    private static final String AUTH_DATA = "zookeeper.auth_data";
    private static final int USUAL_PORT = 2181;

    /// What may stand before the colon of a principal. Patroni 4.1 knows certificates alone, and
    /// their names may have colons.
    private static final Set<String> SCHEMES =
            Set.of("world", "auth", "digest", "ip", "sasl", "super", "x509");

    private static final String CERTIFICATE_SCHEME = "x509";
    private static final String UNAVAILABLE_SCHEME = "sasl";

    private final Values values;
    private final Findings findings;

    ZooKeeperReader(Values values, Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    ZooKeeperSection zookeeper() {
        List<String> hosts = new ArrayList<>(values.texts(HOSTS));
        String chroot = "";
        if (!hosts.isEmpty() && hosts.getLast().indexOf('/') >= 0) {
            String last = hosts.removeLast();
            hosts.add(last.substring(0, last.indexOf('/')));
            chroot = last.substring(last.indexOf('/')).replaceAll("/+$", "");
        }
        return new ZooKeeperSection(servers(hosts), chroot, tls(), authData(), acls());
    }

    private List<HostPort> servers(List<String> hosts) {
        List<HostPort> servers = new ArrayList<>();
        for (String host : hosts) {
            try {
                servers.add(HostPort.parse(host, USUAL_PORT));
            } catch (IllegalArgumentException e) {
                problem(HOSTS, String.valueOf(e.getMessage()));
            }
        }
        if (hosts.isEmpty()) {
            problem(
                    HOSTS,
                    "names no server; set it, such as 10.0.0.1:2181,10.0.0.2:2181,10.0.0.3:2181");
        }
        return servers;
    }

    private Optional<Tls> tls() {
        Tls tls =
                new Tls(
                        values.path("zookeeper.cacert"),
                        values.path("zookeeper.cert"),
                        values.path("zookeeper.key"),
                        values.secret("zookeeper.key_password"));
        if (!values.flag("zookeeper.use_ssl")) {
            for (String key : List.of("zookeeper.cacert", "zookeeper.cert", "zookeeper.key")) {
                if (values.path(key).isPresent()) {
                    findings.warning(at(key), key, "is not used because zookeeper.use_ssl is off");
                }
            }
            return Optional.empty();
        }
        if (tls.key().isPresent() && tls.cert().isEmpty()) {
            problem("zookeeper.key", "is of no use without its certificate; set zookeeper.cert");
        }
        if (!values.flag("zookeeper.verify")) {
            problem(
                    "zookeeper.verify",
                    "cannot be off: certificates of ZooKeeper are always checked; set"
                            + " zookeeper.cacert to their authority, or to the servers' own"
                            + " certificates (the names in them are not compared then)");
        }
        return Optional.of(tls);
    }

    private SortedMap<String, Secret> authData() {
        SortedMap<String, Secret> credentials = new TreeMap<>();
        values.textMap(AUTH_DATA)
                .forEach((scheme, credential) -> credentials.put(scheme, new Secret(credential)));
        if (credentials.containsKey(UNAVAILABLE_SCHEME)) {
            problem(
                    AUTH_DATA,
                    "SASL is not available; use digest: user:password, or a client certificate"
                            + " (zookeeper.cert)");
        }
        return credentials;
    }

    private List<Grant> acls() {
        List<Grant> grants = new ArrayList<>();
        if (values.at(ACLS).orElse(Mapping.EMPTY) instanceof Mapping mapping) {
            mapping.entries()
                    .forEach((principal, tree) ->
                            grants.add(grant(principal, permissions(principal, tree))));
        }
        if (!grants.isEmpty()
                && grants.stream().allMatch(g -> g.scheme().equals(UNAVAILABLE_SCHEME))) {
            problem(ACLS, "names SASL principals alone; SASL is not available to this member");
        }
        return grants;
    }

    private static Grant grant(String principal, Set<Permission> permissions) {
        int colon = principal.indexOf(':');
        String scheme = colon < 0 ? "" : principal.substring(0, colon);
        return SCHEMES.contains(scheme)
                ? new Grant(scheme, principal.substring(colon + 1), permissions)
                : new Grant(CERTIFICATE_SCHEME, principal, permissions);
    }

    private Set<Permission> permissions(String principal, Tree tree) {
        EnumSet<Permission> permissions = EnumSet.noneOf(Permission.class);
        for (String word : Values.items(tree, ACLS)) {
            try {
                permissions.add(Permission.valueOf(word.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                problem(
                        ACLS,
                        "'%s' of %s is not one of READ, WRITE, CREATE, DELETE, ADMIN, ALL"
                                .formatted(word, principal));
            }
        }
        if (permissions.isEmpty()) {
            problem(ACLS, principal + " gets no permission; list them, such as [ALL]");
        }
        return permissions;
    }

    private void problem(String key, String message) {
        findings.problem(at(key), key, message);
    }

    private Position at(String key) {
        return values.at(key).or(() -> values.at(SECTION)).map(Tree::at).orElse(Position.NOWHERE);
    }
}

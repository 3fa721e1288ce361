package io.toomai.dcs.etcd;

import io.toomai.dcs.etcd.EtcdSettings.Srv;
import io.toomai.dcs.http.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/// Endpoints from SRV records of the DNS. The first service name that has any is used, in Patroni's
/// order (contract §4.2); names with `ssl` mean TLS.
final class SrvLookup {
    private static final List<String> SERVICES =
            List.of(
                    "_etcd-client-ssl",
                    "_etcd-client",
                    "_etcd-ssl",
                    "_etcd",
                    "_etcd-server-ssl",
                    "_etcd-server");

    private static final String SYSTEMS_OWN = "dns:";

    private SrvLookup() {}

    private record Found(int priority, Endpoint endpoint) {}

    /// Empty when there is none; a second at most for each name.
    static List<Endpoint> endpoints(Srv srv) {
        return endpoints(srv, SYSTEMS_OWN);
    }

    /// @param servers URL of the DNS servers to ask
    static List<Endpoint> endpoints(Srv srv, String servers) {
        for (String service : SERVICES) {
            String name =
                    service
                            + srv.suffix().map(suffix -> "-" + suffix).orElse("")
                            + "._tcp."
                            + srv.domain();
            Endpoint.Scheme scheme =
                    service.endsWith("-ssl") ? Endpoint.Scheme.HTTPS : Endpoint.Scheme.HTTP;
            List<Found> found = lookUp(servers, name, scheme);
            if (!found.isEmpty()) {
                return found.stream()
                        .sorted(Comparator.comparingInt(Found::priority))
                        .map(Found::endpoint)
                        .toList();
            }
        }
        return List.of();
    }

    @SuppressWarnings({"BanJNDI", "JdkObsolete"}) // only text is taken from the DNS, no object
    private static List<Found> lookUp(String servers, String name, Endpoint.Scheme scheme) {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, servers);
        environment.put("com.sun.jndi.dns.timeout.initial", "500");
        environment.put("com.sun.jndi.dns.timeout.retries", "2");
        List<Found> found = new ArrayList<>();
        try {
            InitialDirContext dns = new InitialDirContext(environment);
            try {
                Attribute records = dns.getAttributes(name, new String[] {"SRV"}).get("SRV");
                NamingEnumeration<?> all = records == null ? null : records.getAll();
                while (all != null && all.hasMore()) {
                    add(found, String.valueOf(all.next()), scheme);
                }
            } finally {
                dns.close();
            }
        } catch (NamingException e) {
            return List.of(); // no such name, or no answer: the next name
        }
        return found;
    }

    /// `priority weight port target.`
    private static void add(List<Found> found, String line, Endpoint.Scheme scheme) {
        String[] words = line.split(" ", -1);
        if (words.length == 4 && words[0].matches("\\d{1,5}") && words[2].matches("\\d{1,5}")) {
            found.add(
                    new Found(
                            Integer.parseInt(words[0]),
                            new Endpoint(
                                    scheme,
                                    words[3].replaceAll("\\.$", ""),
                                    Integer.parseInt(words[2]))));
        }
    }
}

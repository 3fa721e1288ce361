package io.toomai.agent.store;

import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.dcs.etcd.EtcdDcs;
import io.toomai.dcs.etcd.EtcdSettings;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.dcs.http.Endpoint;
import io.toomai.settings.Etcd3Settings;
import io.toomai.settings.StorePlace;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// The store in an etcd, from the settings. A class of its own, so that who uses another store does
/// not load it.
final class EtcdConnection {
    private EtcdConnection() {}

    static EtcdDcs open(StorePlace place, Etcd3Settings etcd, Duration ttl) {
        return EtcdDcs.open(
                new EtcdSettings(
                        etcd.servers().stream().map(EtcdConnection::endpoint).toList(),
                        switch (etcd.meaning()) {
                            case MEMBERS -> Discovery.MEMBER_LIST;
                            case PROXIES -> Discovery.NONE;
                        },
                        etcd.srv().map(srv -> new EtcdSettings.Srv(srv.domain(), srv.suffix())),
                        etcd.credentials()
                                .map(c -> new EtcdSettings.Login(c.username(), c.password())),
                        new LateTls(() -> tls(etcd)),
                        place.clusterPath(),
                        place.asking(),
                        ttl));
    }

    private static Endpoint endpoint(Etcd3Settings.Server server) {
        Endpoint.Scheme scheme =
                switch (server.protocol()) {
                    case HTTP -> Endpoint.Scheme.HTTP;
                    case HTTPS -> Endpoint.Scheme.HTTPS;
                };
        return new Endpoint(scheme, server.address().host(), server.address().port());
    }

    private static SSLContext tls(Etcd3Settings etcd) {
        return etcd.cacert().isPresent()
                ? Contexts.clientByName(
                        etcd.cacert(),
                        etcd.cert().map(c -> new Identity(c, etcd.key(), Optional.empty())))
                : LateTls.usual();
    }
}

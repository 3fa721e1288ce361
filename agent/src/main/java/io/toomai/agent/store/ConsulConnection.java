package io.toomai.agent.store;

import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.dcs.consul.ConsulDcs;
import io.toomai.dcs.consul.ConsulDcsSettings;
import io.toomai.dcs.consul.ConsulDcsSettings.Access;
import io.toomai.dcs.http.Endpoint;
import io.toomai.settings.ConsulSettings;
import io.toomai.settings.ConsulSettings.Tls;
import io.toomai.settings.ConsulSettings.Verify;
import io.toomai.settings.StorePlace;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// The store in a Consul, from the settings. A class of its own, so that who uses another store
/// does not load it.
final class ConsulConnection {
    private ConsulConnection() {}

    static ConsulDcs open(StorePlace place, ConsulSettings consul, Duration ttl) {
        Endpoint.Scheme scheme =
                switch (consul.protocol()) {
                    case HTTP -> Endpoint.Scheme.HTTP;
                    case HTTPS -> Endpoint.Scheme.HTTPS;
                };
        ConsulDcsSettings.Consistency reads =
                switch (consul.consistency()) {
                    case DEFAULT -> ConsulDcsSettings.Consistency.DEFAULT;
                    case CONSISTENT -> ConsulDcsSettings.Consistency.CONSISTENT;
                    case STALE -> ConsulDcsSettings.Consistency.STALE;
                };
        return ConsulDcs.open(
                new ConsulDcsSettings(
                        new Endpoint(scheme, consul.agent().host(), consul.agent().port()),
                        new Access(consul.token(), consul.datacenter(), reads),
                        consul.checks(),
                        new LateTls(() -> tls(consul.tls())),
                        place.clusterPath(),
                        place.asking(),
                        ttl,
                        consul.service()
                                .map(s ->
                                        new ConsulDcsSettings.Service(
                                                s.tags(), s.checkInterval(), s.tlsServerName()))));
    }

    private static SSLContext tls(Tls tls) {
        Optional<Identity> identity =
                tls.cert().map(c -> new Identity(c, tls.key(), Optional.empty()));
        if (tls.verify() == Verify.ANYTHING) {
            return Contexts.client(Optional.empty(), identity);
        }
        return tls.cacert().isPresent() || identity.isPresent()
                ? Contexts.clientByName(tls.cacert(), identity)
                : LateTls.usual();
    }
}

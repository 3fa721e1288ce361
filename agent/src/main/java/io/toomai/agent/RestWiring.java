package io.toomai.agent;

import io.toomai.agent.failsafe.FailsafeCaller;
import io.toomai.agent.failsafe.RestCaller;
import io.toomai.agent.loop.Portrait;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.rest.RestConfig;
import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.core.model.Secret;
import io.toomai.settings.CtlSettings;
import io.toomai.settings.HostPort;
import io.toomai.settings.PostgresSettings;
import io.toomai.settings.Settings;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// What the REST module needs, from the settings.
final class RestWiring {
    private RestWiring() {}

    static RestConfig config(Settings settings) {
        RestConfig.Unauthenticated unauthenticated =
                switch (settings.toomai().unauthenticated()) {
                    case REFUSE -> RestConfig.Unauthenticated.REFUSE;
                    case ALLOW -> RestConfig.Unauthenticated.ALLOW;
                };
        return RestConfig.of(
                settings.restapi(), unauthenticated, settings.toomai().compatibility());
    }

    static PeerClient peerClient(Settings settings) {
        return new PeerClient(tls(settings));
    }

    /// Members are asked with the certificate of `ctl`, where there is one.
    static Supplier<SSLContext> tls(Settings settings) {
        CtlSettings ctl = settings.ctl();
        Optional<Identity> identity =
                ctl.certfile().map(c -> new Identity(c, ctl.keyfile(), ctl.keyfilePassword()));
        if (identity.isEmpty()) {
            return Contexts::anonymousClient;
        }
        SSLContext context = Contexts.client(ctl.cacert(), identity);
        return () -> context;
    }

    static FailsafeCaller failsafeCaller(
            Supplier<Settings> current, String version, PeerClient peers) {
        Settings settings = current.get();
        Portrait.Addresses own = addresses(settings, version);
        return new RestCaller(
                settings.name(),
                own.connUrl(),
                own.apiUrl(),
                () -> authorization(current.get()),
                peers);
    }

    /// Members are asked with the credentials of `ctl`, else with those of the own REST API.
    static Optional<Secret> authorization(Settings settings) {
        return settings.ctl()
                .authentication()
                .or(settings.restapi()::authentication)
                .map(c -> HttpCall.basic(c.username(), c.password()));
    }

    static Portrait.Addresses addresses(Settings settings, String version) {
        return new Portrait.Addresses(
                url(settings.postgresql(), settings.postgresql().connectAddress()),
                settings.restapi().scheme()
                        + "://"
                        + settings.restapi().connectAddress()
                        + "/patroni",
                settings.postgresql().proxyAddress().map(a -> url(settings.postgresql(), a)),
                version);
    }

    private static String url(PostgresSettings postgres, HostPort address) {
        return "postgres://" + address + "/" + postgres.database();
    }
}

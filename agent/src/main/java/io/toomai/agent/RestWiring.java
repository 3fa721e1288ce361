package io.toomai.agent;

import io.toomai.agent.loop.Portrait;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.rest.RestConfig;
import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.settings.CtlSettings;
import io.toomai.settings.RestApiSettings;
import io.toomai.settings.Settings;
import java.util.Optional;

/// What the REST module needs, from the settings.
final class RestWiring {
    private RestWiring() {}

    static RestConfig config(Settings settings) {
        RestApiSettings rest = settings.restapi();
        return new RestConfig(
                rest.listen().host(),
                rest.listen().port(),
                rest.authentication()
                        .map(c -> new RestConfig.BasicAuth(c.username(), c.password())),
                rest.tls().map(RestWiring::tls),
                rest.allowlist(),
                rest.allowlistIncludeMembers()
                        ? RestConfig.Members.INCLUDED
                        : RestConfig.Members.NOT_INCLUDED,
                rest.httpExtraHeaders(),
                rest.httpsExtraHeaders(),
                RestConfig.Unauthenticated.REFUSE,
                RestConfig.Limits.DEFAULT);
    }

    private static RestConfig.Tls tls(RestApiSettings.Tls tls) {
        return new RestConfig.Tls(
                new Identity(tls.certfile(), tls.keyfile(), tls.keyfilePassword()),
                tls.cafile(),
                switch (tls.verifyClient()) {
                    case NONE -> RestConfig.VerifyClient.NONE;
                    case OPTIONAL -> RestConfig.VerifyClient.OPTIONAL;
                    case REQUIRED -> RestConfig.VerifyClient.REQUIRED;
                });
    }

    /// Members are asked with the certificate of `ctl`, where there is one.
    static PeerClient peerClient(Settings settings) {
        CtlSettings ctl = settings.ctl();
        Optional<Identity> identity =
                ctl.certfile().map(c -> new Identity(c, ctl.keyfile(), ctl.keyfilePassword()));
        return new PeerClient(
                Contexts.client(identity.isPresent() ? ctl.cacert() : Optional.empty(), identity));
    }

    static Portrait.Addresses addresses(Settings settings, String version) {
        return new Portrait.Addresses(
                "postgres://"
                        + settings.postgresql().connectAddress()
                        + "/"
                        + settings.postgresql().database(),
                settings.restapi().scheme()
                        + "://"
                        + settings.restapi().connectAddress()
                        + "/patroni",
                version);
    }
}

package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Tls;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.rest.RestConfig.VerifyClient;
import io.toomai.api.tls.Identity;
import io.toomai.core.model.Secret;
import io.toomai.settings.Credentials;
import io.toomai.settings.HostPort;
import io.toomai.settings.RestApiSettings;
import io.toomai.settings.ToomaiSettings.Compatibility;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestConfigTest {
    @Test
    void everySettingIsTakenOver() {
        Path certificate = Path.of("/etc/crt");
        Optional<Path> authorities = Optional.of(Path.of("/etc/ca"));
        RestApiSettings settings =
                new RestApiSettings(
                        new HostPort("0.0.0.0", 8008),
                        new HostPort("10.0.0.1", 8008),
                        Optional.of(new Credentials("ops", new Secret("s"))),
                        Optional.of(
                                new RestApiSettings.Tls(
                                        certificate,
                                        Optional.empty(),
                                        Optional.empty(),
                                        authorities,
                                        List.of(),
                                        RestApiSettings.VerifyClient.REQUIRED)),
                        List.of("10.0.0.0/8"),
                        true,
                        Map.of("a", "b"),
                        Map.of("c", "d"),
                        5,
                        "minimal");
        assertThat(RestConfig.of(settings, Unauthenticated.ALLOW, Compatibility.STRICT))
                .isEqualTo(
                        new RestConfig(
                                "0.0.0.0",
                                8008,
                                Optional.of(new BasicAuth("ops", new Secret("s"))),
                                Optional.of(
                                        new Tls(
                                                new Identity(
                                                        certificate,
                                                        Optional.empty(),
                                                        Optional.empty()),
                                                authorities,
                                                VerifyClient.REQUIRED)),
                                List.of("10.0.0.0/8"),
                                Members.INCLUDED,
                                Map.of("a", "b"),
                                Map.of("c", "d"),
                                Unauthenticated.ALLOW,
                                new Manner(
                                        Optional.of(Manner.ServerHeader.PRODUCT_AND_VERSION),
                                        Manner.Sentences.HTML),
                                Limits.DEFAULT.withWaiting(5)));
    }
}

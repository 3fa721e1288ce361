package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.settings.ConsulSettings.Consistency;
import io.toomai.settings.ConsulSettings.Protocol;
import io.toomai.settings.ConsulSettings.Service;
import io.toomai.settings.ConsulSettings.Tls;
import io.toomai.settings.ConsulSettings.Verify;
import io.toomai.settings.LoadResult.Loaded;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConsulSettingsTest {
    private static final String PATRONI =
            Samples.MINIMAL.substring(0, Samples.MINIMAL.indexOf("toomai:"));

    private static ConsulSettings read(String section) {
        return (ConsulSettings) Samples.loaded(PATRONI + "consul: " + section + "\n").store();
    }

    @Test
    void aHostAloneIsEnough() {
        assertThat(read("{host: a}"))
                .isEqualTo(
                        new ConsulSettings(
                                Protocol.HTTP,
                                new HostPort("a", 8500),
                                new Tls(
                                        Verify.CHECKED,
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty()),
                                Optional.empty(),
                                Optional.empty(),
                                Consistency.DEFAULT,
                                List.of(),
                                Optional.empty()));
    }

    @Test
    void everythingElseIsRead() {
        assertThat(
                        read(
                                "{host: 'a:1', scheme: https, token: t, verify: off, cacert: /ca,"
                                        + " cert: /c, key: /k, dc: d, consistency: stale,"
                                        + " checks: [x, y], register_service: on,"
                                        + " service_tags: 'p,q', service_check_interval: 10s,"
                                        + " service_check_tls_server_name: n}"))
                .isEqualTo(
                        new ConsulSettings(
                                Protocol.HTTPS,
                                new HostPort("a", 1),
                                new Tls(
                                        Verify.ANYTHING,
                                        Optional.of(Path.of("/ca")),
                                        Optional.of(Path.of("/c")),
                                        Optional.of(Path.of("/k"))),
                                Optional.of(new Secret("t")),
                                Optional.of("d"),
                                Consistency.STALE,
                                List.of("x", "y"),
                                Optional.of(
                                        new Service(List.of("p", "q"), "10s", Optional.of("n")))));
    }

    @Test
    void theAgentIsNamedInThreeWays() {
        assertThat(read("{host: a, port: 1}").agent()).isEqualTo(new HostPort("a", 1));
        assertThat(read("{host: 'a:2', port: 1}").agent()).isEqualTo(new HostPort("a", 2));
        assertThat(read("{register_service: on}").agent())
                .isEqualTo(new HostPort("127.0.0.1", 8500));
        ConsulSettings url = read("{url: 'https://[::1]:3', host: a}");
        assertThat(url.agent()).isEqualTo(new HostPort("::1", 3));
        assertThat(url.protocol()).isEqualTo(Protocol.HTTPS);
        assertThat(read("{url: 'http://b', port: 4}").agent()).isEqualTo(new HostPort("b", 4));
    }

    /// Patroni documents `PATRONI_CONSUL_SCHEME` and does not read it.
    @Test
    void theEnvironmentNamesItToo() {
        Map<String, String> environment =
                Map.of(
                        "PATRONI_CONSUL_HOST", "a:1",
                        "PATRONI_CONSUL_SCHEME", "https",
                        "PATRONI_CONSUL_CHECKS", "x, y",
                        "PATRONI_CONSUL_REGISTER_SERVICE", "true",
                        "PATRONI_CONSUL_TOKEN", "t");
        Loaded loaded = (Loaded) SettingsFile.parse(PATRONI, "patroni.yml", environment);
        ConsulSettings settings = (ConsulSettings) loaded.settings().store();
        assertThat(settings.agent()).isEqualTo(new HostPort("a", 1));
        assertThat(settings.protocol()).isEqualTo(Protocol.HTTPS);
        assertThat(settings.checks()).containsExactly("x", "y");
        assertThat(settings.service()).isPresent();
        assertThat(settings.token()).contains(new Secret("t"));
    }

    @Test
    void whatCannotBeUsedIsNamed() {
        assertThat(Samples.problems(PATRONI + "consul: {url: 'ftp://b'}\n").getFirst())
                .contains("consul.url: expected a URL");
        assertThat(Samples.problems(PATRONI + "consul: {host: 'a:b'}\n").getFirst())
                .contains("consul.host: the port is not a number");
        assertThat(Samples.problems(PATRONI + "consul: {host: a, cert: /c}\n").getFirst())
                .contains("set consul.cacert");
        assertThat(
                        Samples.problems(PATRONI + "consul: {host: a, service_check_interval: x}\n")
                                .getFirst())
                .contains("expected a duration");
    }

    @Test
    void itGoesAfterTheEmbeddedStoreAndBeforeEtcd() {
        assertThat(Samples.loaded(Samples.MINIMAL + "consul: {host: a}\n").store())
                .isInstanceOf(StoreSettings.class);
        assertThat(Samples.loaded(PATRONI + "consul: {host: a}\netcd3: {host: b}\n").store())
                .isInstanceOf(ConsulSettings.class);
    }
}

package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.settings.Etcd3Settings.Protocol;
import io.toomai.settings.Etcd3Settings.Server;
import io.toomai.settings.Etcd3Settings.Servers;
import io.toomai.settings.Etcd3Settings.Srv;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class Etcd3SettingsTest {
    private static final String PATRONI =
            Samples.MINIMAL.substring(0, Samples.MINIMAL.indexOf("toomai:"));

    private static Etcd3Settings read(String section) {
        return (Etcd3Settings) Samples.loaded(PATRONI + "etcd3: " + section + "\n").store();
    }

    private static Server plain(String host, int port) {
        return new Server(Protocol.HTTP, new HostPort(host, port));
    }

    @Test
    void hostsAreAListOrSeparatedByCommas() {
        List<Server> both = List.of(plain("a", 2379), plain("::1", 2380));
        assertThat(read("{hosts: 'a, [::1]:2380'}").servers()).isEqualTo(both);
        assertThat(read("{hosts: [a, '[::1]:2380']}").servers()).isEqualTo(both);
        assertThat(read("{host: a}").servers()).containsExactly(plain("a", 2379));
        assertThat(read("{host: a}").meaning()).isEqualTo(Servers.MEMBERS);
    }

    @Test
    void everythingElseIsRead() {
        assertThat(
                        read(
                                "{host: 'a:1', protocol: https, username: u, password: p, cacert: /ca,"
                                        + " cert: /c, key: /k, use_proxies: on}"))
                .isEqualTo(
                        new Etcd3Settings(
                                List.of(new Server(Protocol.HTTPS, new HostPort("a", 1))),
                                Servers.PROXIES,
                                Optional.empty(),
                                Optional.of(new Credentials("u", new Secret("p"))),
                                Optional.of(Path.of("/ca")),
                                Optional.of(Path.of("/c")),
                                Optional.of(Path.of("/k"))));
    }

    @Test
    void aUrlNamesServerAndUser() {
        Etcd3Settings url = read("{url: 'https://u:p@b:1', hosts: a}");
        assertThat(url.servers()).containsExactly(new Server(Protocol.HTTPS, new HostPort("b", 1)));
        assertThat(url.credentials()).contains(new Credentials("u", new Secret("p")));
        assertThat(read("{proxy: 'http://b'}").meaning()).isEqualTo(Servers.PROXIES);
        assertThat(read("{proxy: 'http://b'}").servers()).containsExactly(plain("b", 2379));
    }

    @Test
    void aDomainHasThreeNames() {
        for (String name : List.of("srv", "discovery_srv", "srv_domain")) {
            Etcd3Settings settings = read("{" + name + ": example.org, srv_suffix: x}");
            assertThat(settings.srv()).contains(new Srv("example.org", Optional.of("x")));
            assertThat(settings.servers()).isEmpty();
        }
    }

    @Test
    void whatCannotBeUsedIsNamed() {
        assertThat(Samples.problems(PATRONI + "etcd3: {protocol: http}\n").getFirst())
                .contains("etcd3: names no server");
        assertThat(Samples.problems(PATRONI + "etcd3: {url: 'u:secret@b'}\n").getFirst())
                .contains("expected a URL")
                .doesNotContain("secret");
        assertThat(Samples.problems(PATRONI + "etcd3: {host: a, cert: /c}\n").getFirst())
                .contains("set etcd3.cacert");
        assertThat(Samples.problems(PATRONI + "etcd3: {host: 'a:b'}\n").getFirst())
                .contains("etcd3.host: the port is not a number");
    }

    @Test
    void theEmbeddedStoreGoesFirst() {
        assertThat(Samples.loaded(Samples.MINIMAL + "etcd3: {host: a}\n").store())
                .isInstanceOf(StoreSettings.class);
    }
}

package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoneProxySettingsTest {
    private static final String LISTEN = "toomai:\n  proxy:\n    listen: :6432\n";

    @TempDir private Path folder;

    private LoneProxySettings.Loading load(String yaml) {
        try {
            Path file = Files.writeString(folder.resolve("proxy.yml"), yaml);
            return SettingsFile.loadLoneProxy(file, Map.of());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private LoneProxySettings loaded(String yaml) {
        assertThat(load(yaml)).isInstanceOf(LoneProxySettings.Loading.Loaded.class);
        return ((LoneProxySettings.Loading.Loaded) load(yaml)).settings();
    }

    private String refused(String yaml) {
        assertThat(load(yaml)).isInstanceOf(LoneProxySettings.Loading.Refused.class);
        List<Problem> problems = ((LoneProxySettings.Loading.Refused) load(yaml)).why().problems();
        assertThat(problems).hasSize(1);
        return problems.getFirst().toString();
    }

    @Test
    void membersAreEnough() {
        LoneProxySettings settings =
                loaded(
                        LISTEN
                                + "    members: [10.0.0.1:8008, pg2, 'https://pg3:9/patroni', '::1']");
        assertThat(settings.members())
                .containsExactly(
                        "http://10.0.0.1:8008",
                        "http://pg2:8008",
                        "https://pg3:9",
                        "http://[::1]:8008");
        assertThat(settings.proxy().listen()).isEqualTo(new HostPort("*", 6432));
    }

    @Test
    void aByteOrderMarkIsNoWord() {
        assertThat(loaded("\uFEFF" + LISTEN + "    members: a:1").members())
                .containsExactly("http://a:1");
    }

    @Test
    void whoVerifiesMembersMeansHttps() {
        assertThat(loaded(LISTEN + "    members: a:1\nctl: {cacert: /tls/ca}").members())
                .containsExactly("https://a:1");
    }

    @Test
    void aStoreIsEnough() {
        LoneProxySettings settings = loaded("scope: s\netcd3: {hosts: 'e1:2379'}\n" + LISTEN);
        assertThat(settings.members()).isEmpty();
        assertThat(settings.cluster().store()).isPresent();
    }

    @Test
    void whatIsMissingIsNamedWithItsPlace() {
        assertThat(refused(LISTEN))
                .startsWith(folder.resolve("proxy.yml") + ":2: toomai.proxy.members: is missing,");
        assertThat(refused("etcd3: {hosts: 'e1:2379'}\n" + LISTEN))
                .startsWith(folder.resolve("proxy.yml") + ":1: scope: is missing");
        assertThat(refused("toomai:\n  proxy:\n    members: a:1\n"))
                .startsWith(folder.resolve("proxy.yml") + ":2: toomai.proxy.listen: is missing");
    }

    @Test
    void whatIsNoAddressIsRefused() {
        assertThat(refused(LISTEN + "    members: ['a:b']\n"))
                .contains(":4: toomai.proxy.members: 'a:b' is no REST address");
        assertThat(refused(LISTEN + "    members: ['ftp://a:1']\n")).contains("is no REST address");
        assertThat(refused(LISTEN + "    members: ['a:1/b']\n")).contains("is no REST address");
    }

    @Test
    void onlyTheAddressesNeedARestart() {
        LoneProxySettings before = loaded(LISTEN + "    members: a:1\n");
        LoneProxySettings after =
                loaded(
                        LISTEN.replace("6432", "6433")
                                + "    members: a:2\n    balance: round-robin");
        assertThat(before.changesForRestart(after)).containsExactly("toomai.proxy.listen");
    }
}

package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.Secret;
import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.ZooKeeperSection.Grant;
import io.toomai.settings.ZooKeeperSection.Permission;
import io.toomai.settings.ZooKeeperSection.Tls;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZooKeeperSettingsTest {
    private static final String PATRONI =
            Samples.MINIMAL.substring(0, Samples.MINIMAL.indexOf("toomai:"));
    private static final List<HostPort> BOTH =
            List.of(new HostPort("a", 2181), new HostPort("::1", 2182));

    private static String with(String section) {
        return PATRONI + "zookeeper: " + section + "\n";
    }

    private static ZooKeeperSection read(String section) {
        return (ZooKeeperSection) Samples.loaded(with(section)).store();
    }

    @Test
    void hostsAreAListOrSeparatedByCommas() {
        assertThat(read("{hosts: 'a, [::1]:2182'}").servers()).isEqualTo(BOTH);
        assertThat(read("{hosts: [a, '[::1]:2182']}").servers()).isEqualTo(BOTH);
        ZooKeeperSection plain = read("{hosts: a}");
        assertThat(plain.tls()).isEmpty();
        assertThat(plain.chroot()).isEmpty();
        assertThat(plain.authData()).isEmpty();
        assertThat(plain.acls()).isEmpty();
    }

    @Test
    void theLastHostMayHaveAChroot() {
        assertThat(read("{hosts: 'a,[::1]:2182/postgres/east/'}").chroot())
                .isEqualTo("/postgres/east");
        assertThat(read("{hosts: [a, '[::1]:2182/x']}").servers()).isEqualTo(BOTH);
    }

    @Test
    void theEnvironmentNamesEverything() {
        Map<String, String> environment =
                Map.of(
                        "PATRONI_ZOOKEEPER_HOSTS", "'a','[::1]:2182'",
                        "PATRONI_ZOOKEEPER_USE_SSL", "true",
                        "PATRONI_ZOOKEEPER_CACERT", "/ca",
                        "PATRONI_ZOOKEEPER_CERT", "/c",
                        "PATRONI_ZOOKEEPER_KEY", "/k",
                        "PATRONI_ZOOKEEPER_KEY_PASSWORD", "p",
                        "PATRONI_ZOOKEEPER_VERIFY", "true",
                        "PATRONI_ZOOKEEPER_SET_ACLS", "CN=a: [CREATE, read]",
                        "PATRONI_ZOOKEEPER_AUTH_DATA", "digest: 'u:s'");
        Loaded loaded = (Loaded) SettingsFile.parse(PATRONI, "patroni.yml", environment);
        assertThat(loaded.settings().store())
                .isEqualTo(
                        new ZooKeeperSection(
                                BOTH,
                                "",
                                Optional.of(
                                        new Tls(
                                                Optional.of(Path.of("/ca")),
                                                Optional.of(Path.of("/c")),
                                                Optional.of(Path.of("/k")),
                                                Optional.of(new Secret("p")))),
                                new TreeMap<>(Map.of("digest", new Secret("u:s"))),
                                List.of(
                                        new Grant(
                                                "x509",
                                                "CN=a",
                                                Set.of(Permission.CREATE, Permission.READ)))));
    }

    @Test
    void aPrincipalIsACertificateUnlessItNamesAScheme() {
        assertThat(
                        read("{hosts: a, set_acls: {'CN=x:y,O=z': [ALL], 'digest:u:h=': ALL,"
                                        + " 'x509:CN=b': [WRITE]}}")
                                .acls())
                .containsExactly(
                        new Grant("x509", "CN=x:y,O=z", Set.of(Permission.ALL)),
                        new Grant("digest", "u:h=", Set.of(Permission.ALL)),
                        new Grant("x509", "CN=b", Set.of(Permission.WRITE)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {use_ssl: on} | zookeeper.hosts: names no server
                    {hosts: 'a:b'} | zookeeper.hosts: the port is not a number
                    {hosts: a, use_ssl: on, verify: off} | set zookeeper.cacert
                    {hosts: a, use_ssl: on, key: /k} | set zookeeper.cert
                    {hosts: a, auth_data: {sasl: hush}} | SASL is not available
                    {hosts: a, auth_data: 'digest:u:hush'} | found a value that is not shown
                    {hosts: a, set_acls: {'CN=a': [PEEK]}} | 'PEEK' of CN=a is not one of
                    {hosts: a, set_acls: {'CN=a': []}} | CN=a gets no permission
                    {hosts: a, set_acls: {'sasl:a': [ALL]}} | SASL principals alone
                    """)
    void whatCannotBeUsedIsNamed(String section, String message) {
        assertThat(Samples.problems(with(section)).getFirst())
                .contains(message)
                .doesNotContain("hush");
    }

    @Test
    void aMistakeInASecretVariableDoesNotShowIt() {
        assertThat(
                        Samples.problems(
                                        with("{hosts: a}"),
                                        Map.of("PATRONI_ZOOKEEPER_AUTH_DATA", "{digest: [hush"))
                                .toString())
                .contains("expected mapping of secrets")
                .doesNotContain("hush");
    }

    @Test
    void certificatesWithoutTlsAreWarnedOf() {
        Loaded loaded =
                (Loaded)
                        SettingsFile.parse(
                                with("{hosts: a, cacert: /ca}"), "patroni.yml", Map.of());
        assertThat(loaded.warnings().toString()).contains("zookeeper.use_ssl is off");
    }
}

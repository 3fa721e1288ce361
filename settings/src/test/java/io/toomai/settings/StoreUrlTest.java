package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The forms of contract §3.1.
class StoreUrlTest {
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            textBlock =
                    """
                    etcd3://random.com:2399/customnamespace, ETCD3, random.com:2399, /customnamespace
                    etcd3://h, ETCD3, h:2379, -
                    etcd3://h/, ETCD3, h:2379, -
                    etcd://, ETCD, localhost:2379, -
                    etcd://:2399, ETCD, localhost:2399, -
                    consul://c/db/pg, CONSUL, c:8500, /db/pg
                    zookeeper://[::1]:2182/service, ZOOKEEPER, [::1]:2182, /service
                    exhibitor://e, EXHIBITOR, e:8181, -
                    h:2181, ZOOKEEPER, h:2181, -
                    //h:8181/ns, EXHIBITOR, h:8181, /ns
                    h:8500, CONSUL, h:8500, -
                    :2379, ETCD, localhost:2379, -
                    """)
    void everyPartMayBeMissing(
            String text, StoreUrl.Scheme scheme, String address, String namespace) {
        assertThat(StoreUrl.parse(text))
                .contains(
                        new StoreUrl(
                                scheme, HostPort.parse(address), Optional.ofNullable(namespace)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.1:8008", "10.0.0.1", "https://h:2379", "http://h", "a:8008,b:8008"})
    void membersAreNoStore(String text) {
        assertThat(StoreUrl.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "raft://h",
                "ETCD3://h",
                "etcd3://h:x",
                "etcd3://a,b",
                "etcd3://h:70000",
                "etcd3://u:p@h",
                "consul://h?x=1",
                "consul://h h"
            })
    void nonsenseIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> StoreUrl.parse(text));
    }

    @Test
    void theStoreIsOneThatTheSettingsKnow() {
        HostPort server = new HostPort("h", 1);
        assertThat(StoreUrl.parse("etcd://h:1").orElseThrow().store(List.of(server)))
                .isInstanceOfSatisfying(
                        Etcd3Settings.class,
                        etcd ->
                                assertThat(etcd.servers())
                                        .containsExactly(
                                                new Etcd3Settings.Server(
                                                        Etcd3Settings.Protocol.HTTP, server)));
        assertThat(StoreUrl.parse("exhibitor://e").orElseThrow().store(List.of(server)))
                .isInstanceOfSatisfying(
                        ZooKeeperSection.class,
                        zookeeper -> assertThat(zookeeper.servers()).containsExactly(server));
    }

    @Test
    void anOperatorsSettingsNeedNothing() {
        assertThat(SettingsFile.loadOperator(Optional.empty(), Map.of()))
                .isInstanceOfSatisfying(
                        OperatorSettings.Loading.Loaded.class,
                        loaded -> {
                            assertThat(loaded.settings().store()).isEmpty();
                            assertThat(loaded.settings().namespace()).isEqualTo("/service");
                        });
        Map<String, String> variables =
                Map.of("PATRONI_SCOPE", "shop", "PATRONI_ETCD3_HOSTS", "h:2379");
        assertThat(SettingsFile.loadOperator(Optional.empty(), variables))
                .isInstanceOfSatisfying(
                        OperatorSettings.Loading.Loaded.class,
                        loaded -> {
                            assertThat(loaded.settings().scope()).contains("shop");
                            assertThat(loaded.settings().store())
                                    .containsInstanceOf(Etcd3Settings.class);
                        });
    }
}

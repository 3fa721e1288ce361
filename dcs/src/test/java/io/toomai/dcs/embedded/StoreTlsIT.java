package io.toomai.dcs.embedded;

import static io.toomai.dcs.embedded.TestStores.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.TestAuthority;
import io.toomai.dcs.TestAuthority.Validity;
import io.toomai.dcs.embedded.Answer.Silent;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Clients;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.HostCheck;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Tls;
import io.toomai.dcs.embedded.Membership.Member;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Members that prove themselves to each other by certificates.
class StoreTlsIT {
    @TempDir private Path dir;

    /// A certificate for 127.0.0.1 of an authority of that name.
    private Tls identity(String authority) throws Exception {
        TestAuthority signing = TestAuthority.create(authority, dir.resolve(authority));
        TestAuthority.Issued store = signing.issue("store", "IP:127.0.0.1", Validity.TWO_DAYS);
        return new Tls(store.certificate(), store.key(), signing.certificate(), HostCheck.ON);
    }

    private EmbeddedStoreSettings settings(TestStores stores, int id, Tls tls) {
        return new EmbeddedStoreSettings(
                id,
                stores.directory(id),
                stores.voters(1, 2, 3),
                List.of(),
                Timing.DEFAULT,
                Optional.of(tls),
                Clients.onLoopback(stores.voters(id).getFirst().clientPort()));
    }

    @Test
    void whoHasNoCertificateOfTheAuthorityStaysOutside() throws Exception {
        Tls ours = identity("ours");
        Tls others = identity("others");
        try (TestStores stores = new TestStores(dir, 3)) {
            for (int id = 1; id <= 3; id++) {
                stores.start(settings(stores, id, ours));
            }
            stores.awaitServing(1, 2, 3);
            stores.awaitVoters(1, 2, 3);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(
                                            stores.directory(1).resolve("identity.pem"))))
                    .isEqualTo("rw-------");
            // Without encryption nobody is heard.
            EmbeddedStoreSettings plain = stores.settings(1, 1);
            assertThat(
                            new Question(PeerSockets.of(plain), 200)
                                    .ask(Member.of(plain.me(), StoreRole.VOTER)))
                    .isInstanceOf(Silent.class);
            stores.wipe(3);
            stores.index(StoreState.LEADING);
            // In one process ZooKeeper's encrypted listener takes a moment to give its port free.
            await().atMost(LONG)
                    .ignoreException(DcsException.class)
                    .until(() -> stores.start(settings(stores, 3, others)) != null);
            assertThat(stores.get(3).awaitServing(Duration.ofSeconds(15))).isFalse();
            assertThat(stores.get(3).state()).isEqualTo(StoreState.FOUNDING);
            stores.stop(3);
            await().atMost(LONG)
                    .ignoreException(DcsException.class)
                    .until(() -> stores.start(settings(stores, 3, ours)) != null);
            stores.awaitServing(3);
            await().atMost(LONG).until(() -> stores.get(1).membership().hasVoter(3));
        }
    }

    @Test
    void aKeyThatZooKeeperCannotReadIsSaid() throws Exception {
        Tls tls = identity("bad");
        Files.writeString(tls.key(), "-----BEGIN EC PRIVATE KEY-----\n");
        try (TestStores stores = new TestStores(dir, 3)) {
            assertThatThrownBy(() -> stores.start(settings(stores, 1, tls)))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining("openssl pkcs8");
        }
    }
}

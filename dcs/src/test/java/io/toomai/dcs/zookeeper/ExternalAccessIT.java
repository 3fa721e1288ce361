package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.WriteResult.Written;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Grant;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Login;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Permission;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Logins and access control lists on a real server.
class ExternalAccessIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String RIGHT = "toomai:correct-horse";
    private static final String WRONG = "toomai:battery-staple";

    @RegisterExtension private static final ExternalEnsemble ENSEMBLE = new ExternalEnsemble(1);

    private static ZooKeeperDcs open(String base, String name, List<Login> logins)
            throws Exception {
        Grant all =
                new Grant(
                        "digest",
                        DigestAuthenticationProvider.generateDigest(RIGHT),
                        Set.of(Permission.ALL));
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        ENSEMBLE.servers().from(0),
                        new ZooKeeperAccess(logins, List.of(all)),
                        base,
                        new MemberName(name),
                        ZooKeeperContractKit.TTL));
    }

    private static List<Login> digest(String credential) {
        return List.of(new Login("digest", new Secret(credential)));
    }

    private static void assertDenied(ZooKeeperDcs dcs, String hint) {
        assertThatThrownBy(() -> dcs.acquireLeader(TIMEOUT))
                .isInstanceOfSatisfying(
                        DcsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Code.DCS_DENIED);
                            assertThat(e.getMessage())
                                    .contains(hint)
                                    .contains("zookeeper.auth_data")
                                    .doesNotContain("battery");
                        });
    }

    @Test
    void onlyWhoHasThePasswordIsLetIn() throws Exception {
        String base = "/service/guarded";
        try (ZooKeeperDcs dcs = open(base, "pg1", digest(RIGHT));
                ZooKeeperDcs wrong = open(base, "pg2", digest(WRONG));
                ZooKeeperDcs nobody = open(base, "pg3", List.of())) {
            assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
            dcs.publishMember("{}", TIMEOUT);
            assertDenied(wrong, base + "/");
            assertDenied(nobody, base + "/");
            assertThatThrownBy(() -> wrong.read(ReadMode.LINEARIZABLE, TIMEOUT))
                    .hasMessageContaining(base);
            ENSEMBLE.servers().kill(0);
            ENSEMBLE.servers().restart(0);
            assertThat(dcs.renewLeader(TIMEOUT)).isInstanceOf(Held.class); // shown again
            assertThat(dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(Written.class);
        }
    }

    @Test
    void aSchemeThatTheServerDoesNotKnowIsSaidAtOnce() throws Exception {
        List<Login> unknown = List.of(new Login("badge", new Secret("battery")));
        try (ZooKeeperDcs dcs = open("/service/badge", "pg1", unknown)) {
            assertDenied(dcs, "knows no such scheme");
            assertDenied(dcs, "knows no such scheme");
        }
    }

    /// Everything above the scope is somebody else's, and may be read alone.
    @Test
    void whatIsThereAlreadyNeedsNoRightToMakeIt() throws Exception {
        ACL ours =
                new ACL(
                        ZooDefs.Perms.ALL,
                        new Id("digest", DigestAuthenticationProvider.generateDigest(RIGHT)));
        asAdministrator(administrator -> {
            create(administrator, "/closed", ZooDefs.Ids.READ_ACL_UNSAFE.getFirst(), ours);
            create(administrator, "/closed/scope", ours);
            administrator.setACL("/closed", ZooDefs.Ids.READ_ACL_UNSAFE, -1);
        });
        try (ZooKeeperDcs dcs = open("/closed/scope", "pg1", digest(RIGHT));
                ZooKeeperDcs elsewhere = open("/closed/other", "pg1", digest(RIGHT))) {
            assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Held.class);
            assertDenied(elsewhere, "/closed/other: the znode's access control list");
        }
    }

    /// What an administrator does.
    private interface Work {
        void with(ZooKeeper administrator) throws Exception;
    }

    private static void create(ZooKeeper administrator, String path, ACL... acl) throws Exception {
        administrator.create(path, new byte[0], Arrays.asList(acl), CreateMode.PERSISTENT);
    }

    private static void asAdministrator(Work work) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper administrator =
                new ZooKeeper(
                        ENSEMBLE.servers().from(0).connectString(),
                        10_000,
                        event -> {
                            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                                connected.countDown();
                            }
                        });
        try {
            assertThat(connected.await(20, TimeUnit.SECONDS)).isTrue();
            administrator.addAuthInfo("digest", RIGHT.getBytes(StandardCharsets.UTF_8));
            work.with(administrator);
        } finally {
            administrator.close();
        }
    }
}

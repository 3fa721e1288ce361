package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/// Changes the membership through this process's own server. Nobody else may: ZooKeeper lets only
/// its super user do it, whose password is drawn anew in each process and never leaves it. One
/// thread; close it soon.
final class Admin implements AutoCloseable {
    private static final String PASSWORD = draw();
    private static final Duration SESSION = Duration.ofSeconds(8);
    private static final int ANY_VERSION = -1;

    private final ZooKeeperAdmin client;

    private Admin(ZooKeeperAdmin client) {
        this.client = client;
    }

    private static String draw() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /// Call it before the first class of ZooKeeper's server is used: it reads this once.
    static void install() {
        String login = "super:" + PASSWORD;
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-1")
                            .digest(login.getBytes(StandardCharsets.UTF_8));
            System.setProperty(
                    "zookeeper.DigestAuthenticationProvider.superDigest",
                    "super:" + Base64.getEncoder().encodeToString(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-1", e);
        }
    }

    /// @throws DcsException when the own server does not serve within the time
    static Admin connect(EmbeddedStoreSettings settings, Duration timeout) {
        CountDownLatch connected = new CountDownLatch(1);
        try {
            ZooKeeperAdmin client =
                    new ZooKeeperAdmin(
                            settings.connectString(),
                            (int) SESSION.toMillis(),
                            event -> {
                                if (event.getState() == KeeperState.SyncConnected) {
                                    connected.countDown();
                                }
                            },
                            new ZKClientConfig());
            Admin admin = new Admin(client);
            if (!connected.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                admin.close();
                throw notServing();
            }
            client.addAuthInfo("digest", ("super:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
            return admin;
        } catch (IOException e) {
            throw new DcsException(DcsException.Code.DCS_CONNECTION, e.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notServing();
        }
    }

    private static DcsException notServing() {
        return new DcsException(
                DcsException.Code.DCS_CONNECTION,
                "this member of the store does not serve: it has no majority (toomai store status)");
    }

    Membership membership() throws KeeperException, InterruptedException {
        byte[] text = client.getConfig(false, new Stat());
        return Membership.parse(new String(text, StandardCharsets.UTF_8));
    }

    /// Adds or replaces one member.
    Membership add(Membership.Member member) throws KeeperException, InterruptedException {
        return change(member.line(), null);
    }

    Membership remove(int id) throws KeeperException, InterruptedException {
        return change(null, String.valueOf(id));
    }

    /// The text of a key, as this process's server has it.
    Optional<String> get(String path) throws KeeperException, InterruptedException {
        try {
            byte[] value = client.getData(path, false, new Stat());
            return Optional.ofNullable(value).map(v -> new String(v, StandardCharsets.UTF_8));
        } catch (KeeperException.NoNodeException e) {
            return Optional.empty();
        }
    }

    /// Creates a key, and those above it, unless it is there.
    ///
    /// @return false when it was there
    boolean create(String path, String value) throws KeeperException, InterruptedException {
        for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            createOne(path.substring(0, slash), "");
        }
        return createOne(path, value);
    }

    private boolean createOne(String path, String value)
            throws KeeperException, InterruptedException {
        try {
            client.create(
                    path,
                    value.getBytes(StandardCharsets.UTF_8),
                    ZooDefs.Ids.OPEN_ACL_UNSAFE,
                    CreateMode.PERSISTENT);
            return true;
        } catch (KeeperException.NodeExistsException e) {
            return false;
        }
    }

    private Membership change(@Nullable String joining, @Nullable String leaving)
            throws KeeperException, InterruptedException {
        byte[] now = client.reconfigure(joining, leaving, null, ANY_VERSION, new Stat());
        return Membership.parse(new String(now, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        try {
            client.close((int) SESSION.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

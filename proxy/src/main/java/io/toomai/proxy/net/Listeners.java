package io.toomai.proxy.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.NetUtil;
import io.toomai.proxy.auth.AddressRange;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where clients come in: addresses, and Unix sockets. Opened by a thread that is no event loop's,
/// closed by any.
final class Listeners implements AutoCloseable {
    /// More connections than may log in at once, within the limit and beyond it, are not even
    /// greeted: each costs memory, and nobody knows yet who they are.
    private static final long NEWCOMERS_BEYOND_LIMIT = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final EventLoop loop;
    private final Transport transport;
    private final Map<Route, InetSocketAddress> addresses = new EnumMap<>(Route.class);
    private final List<Channel> channels = new CopyOnWriteArrayList<>();
    private final List<SocketFile> socketFiles = new CopyOnWriteArrayList<>();
    private final Steward.Beginning beginning;

    /// @param loop on which clients are greeted
    Listeners(EventLoop loop, Transport transport, Steward.Beginning beginning) {
        this.loop = loop;
        this.transport = transport;
        this.beginning = beginning;
    }

    /// A Unix socket of ours.
    ///
    /// @param path where it is
    /// @param name where it is to be in the end
    /// @param identity of the file: who takes over from this process puts another in its place
    private record SocketFile(Path path, Path name, Object identity) {
        static SocketFile of(Path path, Path name) throws IOException {
            return new SocketFile(path, name, identity(path));
        }

        SocketFile named() throws IOException {
            Files.move(path, name, StandardCopyOption.ATOMIC_MOVE);
            return new SocketFile(name, name, identity);
        }

        private static Object identity(Path path) throws IOException {
            return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        }

        void remove() throws IOException {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && identity.equals(identity(path))) {
                Files.delete(path);
            }
        }
    }

    /// Opens all that the settings name.
    ///
    /// @param ports and where their clients are led
    /// @throws IOException if one cannot be opened
    /// @throws InterruptedException if told to stop meanwhile
    void open(Premises premises, Map<Route, Integer> ports)
            throws IOException, InterruptedException {
        for (Map.Entry<Route, Integer> port : ports.entrySet()) {
            open(premises, port.getKey(), port.getValue());
        }
        if (beginning == Steward.Beginning.ALONE) {
            takeNames();
        }
    }

    /// Who takes over has a Unix socket under another name first: a start that fails must leave
    /// that of the process which goes on.
    ///
    /// @throws IOException if one cannot have its name
    void takeNames() throws IOException {
        for (SocketFile file : List.copyOf(socketFiles)) {
            if (!file.path().equals(file.name())) {
                SocketFile named = file.named();
                socketFiles.remove(file);
                socketFiles.add(named);
            }
        }
    }

    private void open(Premises premises, Route door, int wanted)
            throws IOException, InterruptedException {
        ValuesOf values = premises.configuration().settings().values();
        int port = wanted;
        for (String host : values.list("listen_addr")) {
            InetSocketAddress address =
                    host.equals("*")
                            ? new InetSocketAddress(port)
                            : new InetSocketAddress(host, port);
            Channel channel = bind(premises, address, door, host + ":" + port);
            channels.add(channel);
            addresses.putIfAbsent(door, (InetSocketAddress) channel.localAddress());
            port = address(door).getPort(); // 0 means one that is free, the same for all addresses
        }
        Optional<String> directory = values.given("unix_socket_dir");
        if (directory.isPresent()) {
            openLocal(premises, Path.of(directory.get(), ".s.PGSQL." + port), door);
        }
        if (channels.isEmpty()) {
            throw new IOException(
                    "nobody could reach the proxy: set listen_addr or unix_socket_dir");
        }
    }

    /// It gets its name when it is ready: who takes over leaves no moment without one.
    private void openLocal(Premises premises, Path named, Route door)
            throws IOException, InterruptedException {
        ValuesOf values = premises.configuration().settings().values();
        if (beginning == Steward.Beginning.ALONE) {
            removeStale(named);
        }
        Path file = named.resolveSibling(named.getFileName() + ownSuffix());
        Channel channel = bind(premises, UnixDomainSocketAddress.of(file), door, named.toString());
        channels.add(channel);
        socketFiles.add(SocketFile.of(file, named));
        Files.setPosixFilePermissions(file, permissions(values.text("unix_socket_mode")));
        Optional<String> group = values.given("unix_socket_group");
        if (group.isPresent()) {
            Files.getFileAttributeView(
                            file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setGroup(
                            file.getFileSystem()
                                    .getUserPrincipalLookupService()
                                    .lookupPrincipalByGroupName(group.get()));
        }
    }

    /// Of a name that nobody had before: the file of the name to which a socket was bound is
    /// removed when that is closed, which may be late.
    private static String ownSuffix() {
        int some = ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36);
        return "." + Integer.toString(some, 36);
    }

    /// What a process has left that did not end in order.
    private static void removeStale(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(file));
        } catch (IOException _) { // nobody listens there
            Files.deleteIfExists(file); // whoever ends may have done so
            return;
        }
        throw new IOException("unix socket is in use, cannot continue: " + file);
    }

    /// @param octal such as `0777`
    private static Set<PosixFilePermission> permissions(String octal) {
        int bits = Integer.parseInt(octal, 8);
        StringBuilder text = new StringBuilder();
        for (int i = 8; i >= 0; i--) {
            text.append((bits >> i & 1) == 0 ? '-' : "xwr".charAt(i % 3));
        }
        return PosixFilePermissions.fromString(text.toString());
    }

    private Channel bind(Premises premises, SocketAddress address, Route door, String name)
            throws IOException, InterruptedException {
        boolean local = address instanceof UnixDomainSocketAddress;
        ValuesOf values = premises.configuration().settings().values();
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop)
                        .channel(local ? transport.listeningLocally() : transport.listening())
                        .option(ChannelOption.SO_BACKLOG, values.number("listen_backlog"))
                        .childOption(ChannelOption.ALLOCATOR, Buffers.POOL)
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(Proxy.READ))
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel client) {
                                        Intake.prepare(client, transport);
                                        if (local) {
                                            greetNeighbour(premises, client, door);
                                        } else {
                                            premises.sockets().apply(client);
                                            greet(premises, client, door);
                                        }
                                    }
                                });
        if (!local) {
            new SocketSettings(values, transport).apply(bootstrap);
        }
        var bound = bootstrap.bind(transport.address(address)).await();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + name + ": " + why(address, bound.cause()));
        }
        return bound.channel();
    }

    /// Says of the usual reasons what can be done.
    private static String why(SocketAddress address, Throwable fault) {
        if (address instanceof InetSocketAddress wanted && wanted.isUnresolved()) {
            return "there is no host " + wanted.getHostString();
        }
        String reason = Faults.why(fault);
        if (reason.contains("in use")) {
            return reason + "; something listens there already";
        }
        boolean isLow = address instanceof InetSocketAddress wanted && wanted.getPort() < 1024;
        return isLow && reason.contains("ermission")
                ? reason + "; ports below 1024 need the capability CAP_NET_BIND_SERVICE"
                : reason;
    }

    /// By a Unix socket.
    private static void greetNeighbour(Premises premises, Channel client, Route door) {
        greet(premises, client, Arrival.plain(Optional.empty(), 0, door, Transport.peer(client)));
    }

    /// Who has left already has no address any more. What they sent could be read still, but must
    /// not be taken for a neighbour's.
    private static void greet(Premises premises, Channel client, Route door) {
        if (client.remoteAddress() instanceof InetSocketAddress remote) {
            greet(
                    premises,
                    client,
                    Arrival.plain(
                            Optional.of(AddressRange.plain(remote.getAddress())),
                            remote.getPort(),
                            door,
                            OptionalInt.empty()));
        } else {
            Sending.close(client);
        }
    }

    private static void greet(Premises premises, Channel client, Arrival arrival) {
        long most =
                NEWCOMERS_BEYOND_LIMIT
                        + premises.configuration().settings().values().number("max_client_conn");
        if (premises.newcomers().count() >= most) {
            Sending.close(client);
            return;
        }
        Gathered gathered = new Gathered(client, ClientLogin.LONGEST, premises.allowance());
        client.pipeline().addLast("login", new Threshold(premises, gathered, arrival));
    }

    /// Each port and Unix socket, as PgBouncer's log names them.
    List<String> names() {
        Stream<String> ports =
                channels.stream()
                        .map(Channel::localAddress)
                        .filter(InetSocketAddress.class::isInstance)
                        .map(InetSocketAddress.class::cast)
                        .map(NetUtil::toSocketAddressString);
        return Stream.concat(ports, socketFiles.stream().map(file -> "unix:" + file.name()))
                .toList();
    }

    /// Of the first that listens by TCP for clients that are led so.
    ///
    /// @throws IllegalArgumentException if none does
    InetSocketAddress address(Route door) {
        InetSocketAddress address = addresses.get(door);
        if (address == null) {
            throw new IllegalArgumentException("no TCP port leads to " + door.word());
        }
        return address;
    }

    @Override
    public void close() {
        // Once, and first: as soon as a socket is closed another one's file may be the same to us.
        List<SocketFile> files = List.copyOf(socketFiles);
        socketFiles.clear();
        for (SocketFile file : files) {
            try {
                file.remove();
            } catch (IOException e) {
                LOG.warn("cannot remove the socket: file={} reason={}", file.path(), e.toString());
            }
        }
        channels.forEach(Sending::close);
    }
}

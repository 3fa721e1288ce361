package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.toomai.proxy.config.ValuesOf;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the operating system is asked to move bytes.
public enum Transport {
    EPOLL,
    IO_URING,
    /// Where neither is to be had.
    NIO;

    // Each poll tells of what is there when it is armed (decision 0037).
    static {
        System.setProperty("io.netty.iouring.pollAddMultishotEnabled", "false");
    }

    private static final Logger log = LoggerFactory.getLogger(Transport.class);

    /// The best one that this machine has: io_uring takes a sixth less of a core than epoll.
    public static Transport usual() {
        return IoUring.isAvailable() ? IO_URING : Epoll.isAvailable() ? EPOLL : NIO;
    }

    /// The one that the setting `transport` names; where that is not to be had, the usual one.
    public static Transport of(ValuesOf values) {
        return switch (values.text("transport")) {
            case "io_uring" -> IoUring.isAvailable() ? IO_URING : instead("io_uring");
            case "epoll" -> Epoll.isAvailable() ? EPOLL : instead("epoll");
            case "nio" -> NIO;
            default -> usual();
        };
    }

    private static Transport instead(String missing) {
        log.warn(
                "proxy: this system offers no {}, which transport asks for; it goes on with {}",
                missing,
                usual());
        return usual();
    }

    IoHandlerFactory handlers() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    Class<? extends ServerChannel> listening() {
        return switch (this) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            case NIO -> NioServerSocketChannel.class;
        };
    }

    Class<? extends Channel> connecting() {
        return switch (this) {
            case EPOLL -> EpollSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
            case NIO -> NioSocketChannel.class;
        };
    }

    Class<? extends ServerChannel> listeningLocally() {
        return switch (this) {
            case EPOLL -> EpollServerDomainSocketChannel.class;
            case IO_URING -> IoUringServerDomainSocketChannel.class;
            case NIO -> NioServerDomainSocketChannel.class;
        };
    }

    Class<? extends Channel> connectingLocally() {
        return switch (this) {
            case EPOLL -> EpollDomainSocketChannel.class;
            case IO_URING -> IoUringDomainSocketChannel.class;
            case NIO -> NioDomainSocketChannel.class;
        };
    }

    /// The address in the form that this transport's channels know.
    SocketAddress address(SocketAddress of) {
        return this != NIO && of instanceof UnixDomainSocketAddress local
                ? new DomainSocketAddress(local.getPath().toString())
                : of;
    }

    /// The number of the system's user at the other end of a Unix socket, where it can be told.
    static OptionalInt peer(Channel local) {
        try {
            return switch (local) {
                case EpollDomainSocketChannel epoll ->
                        OptionalInt.of(epoll.peerCredentials().uid());
                case IoUringDomainSocketChannel uring ->
                        OptionalInt.of(uring.peerCredentials().uid());
                default -> OptionalInt.empty();
            };
        } catch (IOException _) { // it is gone already
            return OptionalInt.empty();
        }
    }
}

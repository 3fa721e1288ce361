package io.toomai.proxy.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import io.toomai.proxy.config.ValuesOf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the settings `tcp_*` and `so_reuseport` ask of the system for TCP connections. A peer that
/// is gone without a word is found by the system's probes (`tcp_keepalive`). Java's own transport
/// (`transport = nio`) knows only whether there are probes and how large buffers are.
final class SocketSettings {
    private static final Logger LOG = LoggerFactory.getLogger(SocketSettings.class);

    private final ValuesOf values;
    private final Transport transport;
    private final Map<ChannelOption<?>, Object> ofBoth;

    SocketSettings(ValuesOf values, Transport transport) {
        this.values = values;
        this.transport = transport;
        this.ofBoth = both();
    }

    /// For a client that has come.
    void apply(Channel client) {
        try {
            client.config().setOption(ChannelOption.TCP_NODELAY, true);
            ofBoth.forEach((option, value) -> client.config().setOption(cast(option), value));
        } catch (ChannelException e) { // it is gone already, and needs none
            LOG.debug("a client's socket could not be set", e);
        }
    }

    /// For where clients come; read at the start only.
    void apply(ServerBootstrap listening) {
        if (transport == Transport.NIO) {
            return;
        }
        listening
                .option(
                        transport == Transport.EPOLL
                                ? EpollChannelOption.TCP_DEFER_ACCEPT
                                : IoUringChannelOption.TCP_DEFER_ACCEPT,
                        values.number("tcp_defer_accept"))
                .option(UnixChannelOption.SO_REUSEPORT, values.isOn("so_reuseport"));
    }

    /// For servers that are gone to.
    void apply(Bootstrap connecting) {
        connecting.option(ChannelOption.TCP_NODELAY, true);
        ofBoth.forEach((option, value) -> connecting.option(cast(option), value));
    }

    private Map<ChannelOption<?>, Object> both() {
        Map<ChannelOption<?>, Object> options = new LinkedHashMap<>();
        options.put(ChannelOption.SO_KEEPALIVE, values.isOn("tcp_keepalive"));
        put(options, ChannelOption.SO_SNDBUF, "tcp_socket_buffer");
        put(options, ChannelOption.SO_RCVBUF, "tcp_socket_buffer");
        switch (transport) {
            case EPOLL -> {
                put(options, EpollChannelOption.TCP_KEEPIDLE, "tcp_keepidle");
                put(options, EpollChannelOption.TCP_KEEPINTVL, "tcp_keepintvl");
                put(options, EpollChannelOption.TCP_KEEPCNT, "tcp_keepcnt");
                put(options, EpollChannelOption.TCP_USER_TIMEOUT, "tcp_user_timeout");
            }
            case IO_URING -> {
                put(options, IoUringChannelOption.TCP_KEEPIDLE, "tcp_keepidle");
                put(options, IoUringChannelOption.TCP_KEEPINTVL, "tcp_keepintvl");
                put(options, IoUringChannelOption.TCP_KEEPCNT, "tcp_keepcnt");
                put(options, IoUringChannelOption.TCP_USER_TIMEOUT, "tcp_user_timeout");
            }
            case NIO -> {} // style: Java's sockets have none of these by Netty
        }
        return options;
    }

    /// 0 leaves it to the system.
    private void put(
            Map<ChannelOption<?>, Object> options, ChannelOption<Integer> option, String setting) {
        int value = values.number(setting);
        if (value > 0) {
            options.put(option, value);
        }
    }

    /// Each was put together with a value of its own type.
    @SuppressWarnings("unchecked")
    private static ChannelOption<Object> cast(ChannelOption<?> option) {
        return (ChannelOption<Object>) option;
    }
}

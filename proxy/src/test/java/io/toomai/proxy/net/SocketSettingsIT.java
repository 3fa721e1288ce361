package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the system says of sockets after the settings have asked for it.
class SocketSettingsIT {
    @TempDir Path directory;

    /// What a transport calls its options.
    private record Options(
            ChannelOption<Integer> idle,
            ChannelOption<Integer> interval,
            ChannelOption<Integer> count,
            ChannelOption<Integer> timeout,
            ChannelOption<Integer> defer) {
        static final Options EPOLL =
                new Options(
                        EpollChannelOption.TCP_KEEPIDLE,
                        EpollChannelOption.TCP_KEEPINTVL,
                        EpollChannelOption.TCP_KEEPCNT,
                        EpollChannelOption.TCP_USER_TIMEOUT,
                        EpollChannelOption.TCP_DEFER_ACCEPT);
        static final Options IO_URING =
                new Options(
                        IoUringChannelOption.TCP_KEEPIDLE,
                        IoUringChannelOption.TCP_KEEPINTVL,
                        IoUringChannelOption.TCP_KEEPCNT,
                        IoUringChannelOption.TCP_USER_TIMEOUT,
                        IoUringChannelOption.TCP_DEFER_ACCEPT);
    }

    /// A client's and a server's.
    private static List<Channel> channels(Front front) {
        return front
                .proxy()
                .askWings(wing ->
                        Stream.concat(
                                        wing.clients().all().stream()
                                                .map(ClientConnection::channel),
                                        wing.pools().all().stream()
                                                .flatMap(pool -> pool.connections().stream())
                                                .map(ServerConnection::channel))
                                .toList())
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void epollsSocketsAreProbedAsTheSettingsSay() throws Exception {
        assumeTrue(Epoll.isAvailable(), "no epoll here");
        areProbed(Transport.EPOLL, Options.EPOLL);
    }

    @Test
    void ioUringsSocketsAreProbedAsTheSettingsSay() throws Exception {
        assumeTrue(IoUring.isAvailable(), "no io_uring here");
        areProbed(Transport.IO_URING, Options.IO_URING);
    }

    private void areProbed(Transport transport, Options options) throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front =
                        Front.open(
                                directory,
                                "* = host=127.0.0.1 port=" + server.port(),
                                """
                                tcp_keepidle = 77
                                tcp_keepintvl = 11
                                tcp_keepcnt = 5
                                tcp_user_timeout = 12345
                                tcp_defer_accept = 7
                                """,
                                transport);
                RawClient _ = front.client()) {
            List<Channel> channels = channels(front);
            assertThat(channels).hasSize(2);
            Channel listener = channels.getFirst().parent();
            assertThat(listener.config().getOption(options.defer())).isEqualTo(7);
            for (Channel channel : channels) {
                assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
                assertThat(channel.config().getOption(options.idle())).isEqualTo(77);
                assertThat(channel.config().getOption(options.interval())).isEqualTo(11);
                assertThat(channel.config().getOption(options.count())).isEqualTo(5);
                assertThat(channel.config().getOption(options.timeout())).isEqualTo(12345);
            }
        }
    }

    @Test
    void aReloadHoldsForTheNextThatComes() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging())) {
            String database = "* = host=127.0.0.1 port=" + server.port();
            try (Front front = Front.open(directory, database, "tcp_keepalive = 1")) {
                front.reload(database, "tcp_keepalive = 0");
                try (RawClient _ = front.client()) {
                    assertThat(channels(front)).hasSize(2);
                    for (Channel channel : channels(front)) {
                        assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE))
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    void probesCanBeSwitchedOffAndBuffersBeSmall() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front =
                        Front.open(
                                directory,
                                "* = host=127.0.0.1 port=" + server.port(),
                                "tcp_keepalive = 0\ntcp_socket_buffer = 10000");
                RawClient _ = front.client()) {
            for (Channel channel : channels(front)) {
                assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isFalse();
                assertThat(channel.config().getOption(ChannelOption.SO_SNDBUF))
                        .as("Linux keeps twice as much")
                        .isEqualTo(20000);
            }
        }
    }
}

package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the system says of sockets after the settings have asked for it.
class SocketSettingsIT {
    @TempDir Path directory;

    @BeforeAll
    static void epoll() {
        assumeTrue(Transport.usual() == Transport.EPOLL, "no epoll here");
    }

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(directory, "* = host=127.0.0.1 port=" + server.port(), settings);
    }

    /// A client's and a server's.
    private static List<Channel> channels(Front front) {
        return front.proxy()
                .ask(premises ->
                        Stream.concat(
                                        premises.clients().all().stream()
                                                .map(ClientConnection::channel),
                                        premises.pools().all().stream()
                                                .flatMap(pool -> pool.connections().stream())
                                                .map(ServerConnection::channel))
                                .toList());
    }

    @Test
    void bothSidesAreProbedAsTheSettingsSay() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front =
                        front(
                                server,
                                """
                                tcp_keepidle = 77
                                tcp_keepintvl = 11
                                tcp_keepcnt = 5
                                tcp_user_timeout = 12345
                                tcp_defer_accept = 7
                                """);
                RawClient _ = front.client()) {
            List<Channel> channels = channels(front);
            assertThat(channels).hasSize(2);
            Channel listener = channels.getFirst().parent();
            assertThat(listener.config().getOption(EpollChannelOption.TCP_DEFER_ACCEPT))
                    .isEqualTo(7);
            for (Channel channel : channels) {
                assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
                assertThat(channel.config().getOption(EpollChannelOption.TCP_KEEPIDLE))
                        .isEqualTo(77);
                assertThat(channel.config().getOption(EpollChannelOption.TCP_KEEPINTVL))
                        .isEqualTo(11);
                assertThat(channel.config().getOption(EpollChannelOption.TCP_KEEPCNT)).isEqualTo(5);
                assertThat(channel.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT))
                        .isEqualTo(12345);
            }
        }
    }

    @Test
    void probesCanBeSwitchedOffAndBuffersBeSmall() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "tcp_keepalive = 0\ntcp_socket_buffer = 10000");
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

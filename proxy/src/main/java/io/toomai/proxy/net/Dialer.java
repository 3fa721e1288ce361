package io.toomai.proxy.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.resolver.NoopAddressResolverGroup;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Overview.HostLine;
import io.toomai.proxy.login.ServerDialogue;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.tls.ServerTls;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Opens connections to servers: the name, the socket, TLS, then the login. Belongs to an event
/// loop.
final class Dialer {
    private final EventLoop loop;
    private final Transport transport;
    private final Aside aside;
    private final Numbers numbers;
    private final Names names;
    private final Newcomers logins = new Newcomers();
    private final Map<String, Contact> contacts = new HashMap<>();
    private ServerTls tls = new ServerTls.Off();
    private Optional<SocketSettings> sockets = Optional.empty();
    private Duration patience = Duration.ofSeconds(15);

    Dialer(EventLoop loop, Commons commons) {
        this.loop = loop;
        this.transport = commons.transport();
        this.aside = commons.aside();
        this.numbers = commons.numbers();
        this.names = new Names(loop);
    }

    /// For a connection; none before had it.
    long nextNumber() {
        return numbers.nextServer();
    }

    /// As whom and where to.
    ///
    /// @param settings of the session, by name
    record Call(
            Target target,
            String user,
            String database,
            Grant grant,
            Map<String, String> settings) {}

    /// Who wants a connection. It is told once how the try has ended.
    interface Caller {
        /// The try has come as far as a socket.
        default void goesBy(Channel channel) {}

        /// Whether its end says anything of the server.
        default boolean isWanted() {
            return true;
        }

        /// What is wrong with a server that has been logged in to; empty where it fits.
        default Optional<Misfit> misfit(Target target, Welcome said) {
            return Optional.empty();
        }

        /// It is ready for its first query. The caller replaces its handler `login`.
        void reached(Target target, Channel channel, Welcome said);

        /// @param code SQLSTATE
        void loginFailed(Target target, String code, String text);
    }

    /// Has something done on the loop a little later.
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the loop
    void later(Runnable what, long millis) {
        loop.schedule(what, millis, TimeUnit.MILLISECONDS);
    }

    /// What is dialled from now on goes by these settings.
    void configure(Configuration configuration) {
        ValuesOf values = configuration.settings().values();
        tls = configuration.access().serverTls();
        sockets = Optional.of(new SocketSettings(values, transport));
        patience = values.time("server_connect_timeout");
        names.configure(values.time("dns_max_ttl"), values.time("dns_nxdomain_ttl"));
    }

    /// The names that were looked up.
    List<HostLine> hosts() {
        return names.lines();
    }

    /// To be called a few times each second.
    void tick(long now) {
        logins.tick(now, patience.toNanos());
    }

    void dial(Call call, Caller caller) {
        Caller by = new Noted(call.target(), caller);
        locate(
                call.target(),
                found ->
                        found.ifPresentOrElse(
                                address -> connect(call, address, by),
                                () ->
                                        by.loginFailed(
                                                call.target(), "08001", unknown(call.target()))));
    }

    /// Whether a connection without a login may be read on its way.
    enum Cover {
        PLAIN,
        /// It is not made where the server has no TLS.
        TLS
    }

    /// A connection without a login.
    ///
    /// @param failed is told why when there is none
    @SuppressWarnings("FutureReturnValueIgnored") // the listener has the outcome
    void call(Target target, Cover cover, ChannelHandler handler, Consumer<String> failed) {
        locate(
                target,
                found ->
                        found.ifPresentOrElse(
                                address ->
                                        bootstrap(address)
                                                .handler(covered(target, cover, handler))
                                                .connect(transport.address(address))
                                                .addListener(done ->
                                                        onFailure(
                                                                done.cause(),
                                                                cause ->
                                                                        failed.accept(
                                                                                unreachable(
                                                                                        target,
                                                                                        cause)))),
                                () -> failed.accept(unknown(target))));
    }

    private static String unknown(Target target) {
        return "no address is known of " + target.name();
    }

    private static String unreachable(Target target, Throwable cause) {
        return "cannot connect to " + target.name() + ": " + Faults.why(cause);
    }

    private ChannelHandler covered(Target target, Cover cover, ChannelHandler handler) {
        if (cover == Cover.PLAIN || !(tls instanceof ServerTls.Asked asked)) {
            return handler;
        }
        var must = asked.required();
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast("tls-request", new ServerTlsRequest(must, target))
                        .addLast("handler", handler);
            }
        };
    }

    /// Names are looked up aside.
    private void locate(Target target, Consumer<Optional<SocketAddress>> then) {
        if (target.address() instanceof InetSocketAddress at && at.isUnresolved()) {
            names.find(
                    at.getHostString(),
                    found ->
                            then.accept(
                                    found.map(address ->
                                            new InetSocketAddress(address, at.getPort()))));
        } else {
            then.accept(Optional.of(target.address()));
        }
    }

    private Bootstrap bootstrap(SocketAddress address) {
        boolean local = address instanceof UnixDomainSocketAddress;
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channel(local ? transport.connectingLocally() : transport.connecting())
                        .resolver(NoopAddressResolverGroup.INSTANCE)
                        .option(ChannelOption.ALLOCATOR, Buffers.POOL)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(Proxy.READ))
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(Math.min(patience.toMillis(), 3_600_000)));
        if (!local) {
            sockets.ifPresent(settings -> settings.apply(bootstrap));
        }
        return bootstrap;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the listener has the outcome
    private void connect(Call call, SocketAddress address, Caller by) {
        bootstrap(address)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                prepare(channel, call, by);
                            }
                        })
                .connect(transport.address(address))
                .addListener(done ->
                        onFailure(
                                done.cause(),
                                cause ->
                                        by.loginFailed(
                                                call.target(),
                                                "08001",
                                                unreachable(call.target(), cause))));
    }

    /// Where there is no channel, as when no more files may be open, Netty tells it on a thread of
    /// its own.
    private void onFailure(@Nullable Throwable cause, Consumer<Throwable> then) {
        if (cause == null) {
            return;
        }
        if (loop.inEventLoop()) {
            then.accept(cause);
        } else {
            loop.execute(() -> then.accept(cause));
        }
    }

    private void prepare(Channel channel, Call call, Caller by) {
        Intake.prepare(channel, transport);
        logins.add(channel, System.nanoTime());
        ServerLogin login =
                new ServerLogin(
                        call,
                        by,
                        new ServerDialogue(call.user(), call.grant()),
                        aside,
                        new Gathered(channel, ServerLogin.LONGEST));
        boolean encrypts =
                tls instanceof ServerTls.Asked
                        && call.target().address() instanceof InetSocketAddress;
        if (encrypts && tls instanceof ServerTls.Asked asked) {
            channel.pipeline().addLast("tls-request", new ServerTlsRequest(asked, call.target()));
        }
        channel.pipeline().addLast("login", login);
        channel.closeFuture().addListener(_ -> logins.remove(channel));
    }

    /// How the last attempts have ended, by the target's name.
    Map<String, Contact> contacts() {
        return contacts;
    }

    /// A login that has ended is not measured any more, and how it has ended is kept. What comes of
    /// its socket afterwards is nobody's business.
    private final class Noted implements Caller {
        private final Target aim;
        private final Caller by;
        private boolean isTold;

        Noted(Target aim, Caller by) {
            this.aim = aim;
            this.by = by;
        }

        @Override
        public void goesBy(Channel channel) {
            by.goesBy(channel);
        }

        @Override
        public Optional<Misfit> misfit(Target target, Welcome said) {
            return by.misfit(target, said);
        }

        @Override
        public boolean isWanted() {
            return by.isWanted();
        }

        @Override
        public void reached(Target target, Channel channel, Welcome said) {
            isTold = true;
            logins.remove(channel);
            contacts.put(aim.name(), Contact.reached());
            by.reached(target, channel, said);
        }

        @Override
        public void loginFailed(Target target, String code, String text) {
            if (isTold) {
                return;
            }
            isTold = true;
            if (by.isWanted()) {
                contacts.put(aim.name(), Contact.failed(code));
            }
            by.loginFailed(target, code, text);
        }
    }
}

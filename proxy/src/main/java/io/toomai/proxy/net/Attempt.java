package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One attempt of a pool to get a server: from the wish to the end of the login. Its end is told to
/// the pool once, whoever comes to it first: the server, the pool's patience, an operator's order.
/// Belongs to the event loop.
final class Attempt implements Dialer.Caller {
    private final ServerPool pool;
    private final Target target;
    private @Nullable Channel channel;
    private State state = State.OPEN;

    private enum State {
        OPEN,
        OVER
    }

    Attempt(ServerPool pool, Target target) {
        this.pool = pool;
        this.target = target;
    }

    Target target() {
        return target;
    }

    /// A socket that the attempt does not want any more is closed.
    @Override
    public void goesBy(Channel by) {
        channel = by;
        if (state == State.OVER) {
            Sending.close(by);
        }
    }

    @Override
    public Optional<String> misfit(Target reached, Welcome said) {
        return pool.misfit(reached, said);
    }

    @Override
    public void reached(Target where, Channel by, Welcome said) {
        if (state == State.OVER) {
            Sending.close(by);
            return;
        }
        ServerConnection server = new ServerConnection(pool, by, said);
        by.pipeline().replace("login", "server", server);
        state = State.OVER;
        pool.ready(this, server, said);
    }

    @Override
    public void loginFailed(Target where, String code, String text) {
        if (state == State.OPEN) {
            state = State.OVER;
            pool.loginFailed(this, code, text);
            closeChannel();
        }
    }

    /// It is wanted no more, which says nothing of the server.
    void callOff() {
        if (state == State.OPEN) {
            state = State.OVER;
            pool.loginCalledOff(this);
            closeChannel();
        }
    }

    private void closeChannel() {
        Channel by = channel;
        if (by != null) {
            Sending.close(by);
        }
    }
}

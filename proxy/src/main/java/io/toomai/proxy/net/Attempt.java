package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One attempt of a pool to get a server: from the wish to the end of the login. Its end is told to
/// the pool once, whoever comes to it first: the server, the pool's patience, an operator's order.
/// Belongs to the event loop of its wing.
final class Attempt implements Dialer.Caller {
    private final Openings openings;
    private final Journey journey;
    private @Nullable Channel channel;
    private State state = State.OPEN;

    private enum State {
        OPEN,
        OVER
    }

    Attempt(Openings openings, Journey journey) {
        this.openings = openings;
        this.journey = journey;
    }

    Journey journey() {
        return journey;
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
    public boolean isWanted() {
        return state == State.OPEN;
    }

    @Override
    public Optional<Misfit> misfit(Target reached, Welcome said) {
        return openings.misfit(this, said);
    }

    @Override
    public void reached(Target where, Channel by, Welcome said) {
        if (state == State.OVER) {
            Sending.close(by);
            return;
        }
        state = State.OVER;
        openings.ready(this, by, said);
    }

    @Override
    public void loginFailed(Target where, String code, String text) {
        if (state == State.OPEN) {
            state = State.OVER;
            openings.failed(this, code, text);
            closeChannel();
        }
    }

    /// It is wanted no more, which says nothing of the server.
    void callOff() {
        if (state == State.OPEN) {
            state = State.OVER;
            openings.calledOff(this);
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

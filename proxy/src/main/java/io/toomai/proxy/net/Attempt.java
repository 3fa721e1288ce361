package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One attempt to get a server: from the wish to the end of the login. Its end is told once to who
/// wants the server, whoever comes to it first: the server, the other's patience, an operator's
/// order. Belongs to the event loop of its wing.
final class Attempt implements Dialer.Caller {
    private final Owner owner;
    private final Journey journey;
    private @Nullable Channel channel;
    private State state = State.OPEN;

    private enum State {
        OPEN,
        OVER
    }

    /// Who wants a server. One of the last three is told of each attempt.
    interface Owner {
        /// What is wrong with a server that has been logged in to; empty where it fits.
        Optional<Misfit> misfit(Attempt attempt, Welcome said);

        /// The server is ready for its first query. The handler `login` is to be replaced.
        void ready(Attempt attempt, Channel by, Welcome said);

        /// @param code SQLSTATE
        void failed(Attempt attempt, String code, String text);

        void calledOff(Attempt attempt);
    }

    Attempt(Owner owner, Journey journey) {
        this.owner = owner;
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
        return owner.misfit(this, said);
    }

    @Override
    public void reached(Target where, Channel by, Welcome said) {
        if (state == State.OVER) {
            Sending.close(by);
            return;
        }
        state = State.OVER;
        owner.ready(this, by, said);
    }

    @Override
    public void loginFailed(Target where, String code, String text) {
        if (state == State.OPEN) {
            state = State.OVER;
            owner.failed(this, code, text);
            closeChannel();
        }
    }

    /// It is wanted no more, which says nothing of the server.
    void callOff() {
        if (state == State.OPEN) {
            state = State.OVER;
            owner.calledOff(this);
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

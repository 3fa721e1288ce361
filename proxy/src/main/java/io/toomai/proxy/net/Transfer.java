package io.toomai.proxy.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/// Takes a connection from one event loop to another, in the pause in which its peer waits for the
/// end of its login: nothing is under way then. Nothing is read between the two loops; what comes
/// meanwhile waits with the system.
final class Transfer {
    private final Channel channel;
    private final EventLoop to;
    private final Traveller traveller;

    /// Whose connection it is. One of the two is called, once.
    interface Traveller {
        /// On the new loop.
        void arrived();

        /// The connection has ended on the way, and no handler will hear of it.
        void lost();
    }

    private Transfer(Channel channel, EventLoop to, Traveller traveller) {
        this.channel = channel;
        this.to = to;
        this.traveller = traveller;
    }

    /// To be called on the loop that the connection leaves. If it ends before it has left, its
    /// handlers hear of it as ever.
    static void begin(Channel channel, EventLoop to, Traveller traveller) {
        Intake.shut(channel);
        Transfer transfer = new Transfer(channel, to, traveller);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(sent -> {
                    if (sent.isSuccess()) {
                        Intake.whenQuiet(channel, transfer::leave);
                    } else {
                        Sending.close(channel);
                    }
                });
    }

    private void leave() {
        channel.deregister()
                .addListener(left -> {
                    // Netty says so in the middle of its own work on the channel: that ends first.
                    channel.eventLoop().execute(left.isSuccess() ? this::enter : this::lose);
                });
    }

    private void enter() {
        if (!channel.isOpen()) {
            lose();
            return;
        }
        to.register(channel)
                .addListener(entered -> {
                    if (entered.isSuccess()) {
                        Intake.open(channel);
                        traveller.arrived();
                    } else {
                        lose();
                    }
                });
    }

    private void lose() {
        Sending.close(channel);
        traveller.lost();
    }
}

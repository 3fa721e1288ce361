package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.EnumSet;
import java.util.Set;

/// Whether a connection is read from: only while there is no reason against it. What is not read
/// stays with the peer, whose own writes stop in the end, so memory stays flat. Belongs to an event
/// loop.
final class Brake {
    private final Channel channel;
    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);

    /// Why nothing is read.
    enum Reason {
        /// The client waits for a server.
        NO_SERVER,
        /// What was read must wait for answers.
        ANSWERS,
        /// The peer of the relay does not take more.
        PEER_IS_FULL,
        /// It does not read what it is sent.
        READS_NOTHING,
        /// It has a server of its own and nothing under way, and the primary is about to be
        /// changed.
        SWITCHOVER,
        /// An operator's order.
        SUSPENDED
    }

    Brake(Channel channel) {
        this.channel = channel;
    }

    void hold(Reason reason) {
        if (reasons.add(reason) && reasons.size() == 1) {
            Intake.shut(channel);
        }
    }

    void release(Reason reason) {
        if (reasons.remove(reason) && reasons.isEmpty()) {
            Intake.open(channel);
        }
    }

    boolean isHeldFor(Reason reason) {
        return reasons.contains(reason);
    }

    @Override
    public String toString() {
        return "held for " + reasons;
    }

    /// Whether all that was written to the connection has left.
    boolean isSent() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null || waiting.totalPendingWriteBytes() == 0;
    }
}

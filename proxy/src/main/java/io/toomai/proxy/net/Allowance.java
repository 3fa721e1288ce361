package io.toomai.proxy.net;

import io.toomai.proxy.relay.ProtocolViolation;

/// What may be kept of all connections together that nobody knows yet, in bytes: however many there
/// may be, strangers cannot use up the memory of those that are known. Belongs to an event loop.
final class Allowance {
    private final long most;
    private long taken;

    Allowance(long most) {
        this.most = most;
    }

    /// A part of this process's heap.
    static Allowance ofHeap() {
        return new Allowance(Runtime.getRuntime().maxMemory() / 4);
    }

    /// @throws ProtocolViolation where it is too much; then nothing is taken
    void take(long bytes) {
        if (bytes > 0 && taken + bytes > most) {
            throw new ProtocolViolation(
                    "too much is kept of clients that have not logged in; try again later");
        }
        taken += bytes;
    }

    void giveBack(long bytes) {
        taken -= bytes;
    }
}

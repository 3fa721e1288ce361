package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Bytes on their way to one peer, gathered until the end of a read so that they leave in one send.
///
/// What was read whole and goes on whole is passed as it is; anything else is copied, because two
/// small pieces cost a gathering write more than the copy of some hundred bytes. Not thread safe:
/// belongs to an event loop.
public final class Output {
    /// Pieces of up to so many bytes are copied behind what is gathered already.
    private static final int COPY_UP_TO = 2048;

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(4);
    private @Nullable ByteBuf open;

    public Output(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    public boolean isEmpty() {
        return pieces.isEmpty() && open == null;
    }

    /// Takes a buffer over: all that is readable in it goes to the peer, and it is released.
    public void pass(ByteBuf whole) {
        if (!whole.isReadable()) {
            whole.release();
            return;
        }
        ByteBuf last = open;
        if (last != null && whole.readableBytes() <= COPY_UP_TO) {
            last.writeBytes(whole);
            whole.release();
            return;
        }
        close();
        pieces.add(whole);
    }

    /// Adds a part of a buffer that stays with its owner.
    public void copy(ByteBuf from, int index, int length) {
        if (length > 0) {
            room(length).writeBytes(from, index, length);
        }
    }

    /// A buffer to write into, with room for at least so many bytes.
    public ByteBuf room(int bytes) {
        ByteBuf last = open;
        if (last == null) {
            last = allocator.ioBuffer(Math.max(256, bytes));
            open = last;
        }
        return last;
    }

    /// Hands everything over, in order. The receiver releases what it gets.
    public void drainTo(Consumer<ByteBuf> peer) {
        close();
        for (ByteBuf piece = pieces.poll(); piece != null; piece = pieces.poll()) {
            peer.accept(piece);
        }
    }

    /// Forgets what is gathered: the peer is gone.
    public void release() {
        drainTo(ByteBuf::release);
    }

    private void close() {
        ByteBuf last = open;
        if (last != null) {
            pieces.add(last);
            open = null;
        }
    }
}

package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Walks through the messages of one direction as their bytes come in, in pieces of any size. What
/// lies between the last message that was changed or left out and the place of the cursor goes on
/// unchanged, in one piece.
final class Cursor {
    /// Type and length.
    static final int HEADER = 5;

    private @Nullable ByteBuf held;
    private ByteBuf data = io.netty.buffer.Unpooled.EMPTY_BUFFER;
    private int unchanged;
    private long bodyLeft;
    private boolean leavesOut;

    /// Up to here the bytes belong to a message whose beginning has left.
    private int begun;

    /// Takes a buffer over, behind what was held back.
    void open(ByteBuf in) {
        ByteBuf before = held;
        if (before == null) {
            data = in;
        } else {
            data = before.writeBytes(in);
            in.release();
            held = null;
        }
        unchanged = data.readerIndex();
        begun = unchanged;
    }

    ByteBuf data() {
        return data;
    }

    int at() {
        return data.readerIndex();
    }

    /// Goes on to the next message that begins in these bytes.
    ///
    /// @return whether its header is here
    boolean next(Output out) {
        if (bodyLeft > 0) {
            int here = (int) Math.min(bodyLeft, data.readableBytes());
            if (leavesOut) {
                leaveOut(here, out);
            } else {
                data.skipBytes(here);
                begun = data.readerIndex();
            }
            bodyLeft -= here;
        }
        return data.readableBytes() >= HEADER;
    }

    byte type() {
        return data.getByte(data.readerIndex());
    }

    /// Of the whole message with its type, in bytes.
    ///
    /// @throws ProtocolViolation if it cannot be
    long length() {
        int length = data.getInt(data.readerIndex() + 1);
        if (length < 4) {
            throw new ProtocolViolation(
                    "a message of type " + typeText() + " has length " + length);
        }
        return length + 1L;
    }

    /// Whether this much of the message is here.
    boolean has(long bytes) {
        return data.readableBytes() >= bytes;
    }

    String typeText() {
        int type = type() & 0xff;
        return type > ' ' && type < 127 ? "'" + (char) type + "'" : Integer.toString(type);
    }

    /// The message goes on as it is, also the part of it that is still to come.
    void pass(long length) {
        leavesOut = false;
        skip(length);
    }

    /// The message, also the part of it that is still to come, goes nowhere.
    void drop(long length, Output out) {
        flush(out);
        leavesOut = true;
        skip(length);
        unchanged = data.readerIndex();
    }

    /// The first bytes of the message have been written anew to `out`; the rest goes on as it is.
    ///
    /// @param head how many, with the header
    void passAfter(int head, long length, Output out) {
        int start = data.readerIndex();
        data.readerIndex(start + head);
        unchanged = start + head;
        leavesOut = false;
        skip(length - head);
        begun = data.readerIndex();
    }

    /// Hands over what goes on unchanged up to here; to be called before anything is written.
    void flush(Output out) {
        int end = data.readerIndex();
        out.copy(data, unchanged, end - unchanged);
        unchanged = end;
    }

    private void leaveOut(int bytes, Output out) {
        flush(out);
        data.skipBytes(bytes);
        unchanged = data.readerIndex();
    }

    private void skip(long length) {
        int here = (int) Math.min(length, data.readableBytes());
        data.skipBytes(here);
        bodyLeft = length - here;
    }

    /// Hands over what goes on, and holds the rest back until more has come.
    void close(Output out) {
        ByteBuf whole = data;
        data = io.netty.buffer.Unpooled.EMPTY_BUFFER;
        int end = whole.readerIndex();
        if (whole.isReadable()) {
            if (unchanged == end) {
                held = ownable(whole);
                unchanged = 0;
                return;
            }
            ByteBuf rest = whole.alloc().ioBuffer(Math.max(256, whole.readableBytes() * 2));
            rest.writeBytes(whole);
            held = rest;
        }
        whole.setIndex(unchanged, end);
        unchanged = 0;
        out.pass(whole);
    }

    /// What is held back is written behind, so it must be a buffer that nobody else has.
    private static ByteBuf ownable(ByteBuf whole) {
        if (whole.refCnt() == 1
                && !whole.isReadOnly()
                && whole.maxCapacity() == Integer.MAX_VALUE) {
            return whole;
        }
        ByteBuf copy = whole.alloc().ioBuffer(whole.readableBytes() * 2);
        copy.writeBytes(whole);
        whole.release();
        return copy;
    }

    /// Gives back what was opened: something in it cannot be, and nothing more will be looked at. A
    /// message whose beginning has left does not end then, so nobody else's may follow it.
    void abandon() {
        if (unchanged < begun) {
            bodyLeft = Math.max(1, bodyLeft);
        }
        ByteBuf whole = data;
        data = io.netty.buffer.Unpooled.EMPTY_BUFFER;
        whole.release();
    }

    /// Bytes that wait for the rest of a message.
    int heldBytes() {
        ByteBuf waiting = held;
        return waiting == null ? 0 : waiting.readableBytes();
    }

    boolean isInsideMessage() {
        return bodyLeft > 0;
    }

    void release() {
        ByteBuf waiting = held;
        if (waiting != null) {
            waiting.release();
            held = null;
        }
    }
}

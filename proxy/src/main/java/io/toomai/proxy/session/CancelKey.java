package io.toomai.proxy.session;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.util.Arrays;

/// With what a client asks to cancel its own work: BackendKeyData. Where several processes stand
/// behind one address it says which of them made it and how often it may still be handed on, in the
/// places where PgBouncer has them, so that each can hand on the other's.
///
/// @param process in place of the number of a server's process; never negative
/// @param secret from 4 bytes, for protocol 3.0, to 256
@SuppressWarnings("ArrayRecordComponent") // compared by [#opens] only
public record CancelKey(int process, byte[] secret) {
    private static final int HOPS = 3;
    private static final int CANCEL_REQUEST = 80877102;

    public CancelKey {
        secret = secret.clone();
    }

    @Override
    public byte[] secret() {
        return secret.clone();
    }

    /// A new one.
    ///
    /// @param random bytes, as many as process and secret have
    /// @param peer `peer_id`, 0 where there are no peers
    static CancelKey of(byte[] random, int peer) {
        byte[] bytes = random.clone();
        bytes[0] &= 0x7f; // some programs take a negative one for an error
        if (peer > 0) {
            bytes[1] = (byte) peer;
            bytes[2] = (byte) (peer >> 8);
            bytes[bytes.length - 1] |= HOPS;
        }
        int process =
                bytes[0] << 24
                        | (bytes[1] & 0xff) << 16
                        | (bytes[2] & 0xff) << 8
                        | (bytes[3] & 0xff);
        return new CancelKey(process, Arrays.copyOfRange(bytes, 4, bytes.length));
    }

    /// Whose it is, among peers.
    public int peer() {
        return (process >> 16 & 0xff) | (process & 0xff00);
    }

    /// How often it may be handed on.
    public int hops() {
        return secret[secret.length - 1] & HOPS;
    }

    /// As it is handed on.
    public CancelKey handedOn() {
        byte[] less = secret();
        less[less.length - 1]--;
        return new CancelKey(process, less);
    }

    /// As it was made.
    CancelKey asMade() {
        byte[] full = secret();
        full[full.length - 1] |= HOPS;
        return new CancelKey(process, full);
    }

    /// Takes the same time wherever the two differ.
    boolean opens(CancelKey other) {
        return process == other.process && MessageDigest.isEqual(secret, other.secret);
    }

    /// The body of BackendKeyData.
    public void write(ByteBuf out) {
        out.writeInt(process).writeBytes(secret);
    }

    /// CancelRequest with it.
    public void writeRequest(ByteBuf out) {
        out.writeInt(12 + secret.length).writeInt(CANCEL_REQUEST);
        write(out);
    }

    @Override
    public String toString() {
        return "CancelKey[process=" + process + "]";
    }
}

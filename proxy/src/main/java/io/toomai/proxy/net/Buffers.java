package io.toomai.proxy.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/// Where the buffers of connections come from: pooled, whatever the process has chosen for others
/// (an agent pools none), because each query takes two. Those of the heap, which logins gather
/// bytes in, are not worth a megabyte of their own. Thread safe.
final class Buffers {
    private static final int PAGE = 8192;

    /// Pages are taken from the system by 128 at a time: a megabyte.
    private static final int ORDER = 7;

    private static final int SMALL_KEPT = 256;
    private static final int NORMAL_KEPT = 64;

    static final ByteBufAllocator POOL =
            new PooledByteBufAllocator(true, 0, 1, PAGE, ORDER, SMALL_KEPT, NORMAL_KEPT, false);

    private Buffers() {}
}

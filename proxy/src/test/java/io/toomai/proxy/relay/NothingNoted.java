package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;

/// What a server says of its own accord is nobody's.
interface NothingNoted extends ServerStream.Notes {
    @Override
    default void parameter(ByteBuf in, int index, int length) {}

    @Override
    default void error(ByteBuf in, int index, int length) {}

    @Override
    default void settingsMayHaveChanged() {}
}

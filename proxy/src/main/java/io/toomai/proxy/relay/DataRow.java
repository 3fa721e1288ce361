package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/// A row of an answer to what the proxy asked itself.
public final class DataRow {
    private DataRow() {}

    /// Its columns as text; NULL reads as empty.
    ///
    /// @param body without type and length
    /// @throws ProtocolViolation when it is none
    public static List<byte[]> read(ByteBuf body) {
        ByteBuf in = body.slice();
        if (in.readableBytes() < 2) {
            throw new ProtocolViolation("a row without columns");
        }
        int count = in.readUnsignedShort();
        List<byte[]> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = in.readableBytes() < 4 ? Integer.MAX_VALUE : Math.max(0, in.readInt());
            if (length > in.readableBytes()) {
                throw new ProtocolViolation("a row that ends too early");
            }
            columns.add(ByteBufUtil.getBytes(in.readSlice(length)));
        }
        return columns;
    }
}

package io.toomai.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Edge 31: whose key is whose.
class CancelKeysTest {
    private final CancelKeys<Integer> keys = new CancelKeys<>();

    @Test
    void edge31EachKeyOpensItsOwn() {
        for (int peer : new int[] {0, 1, 300, 16383}) {
            List<CancelKey> made = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                CancelKey key = keys.make(i % 2 == 0 ? 4 : 32, peer);
                assertThat(key.process()).isNotNegative();
                if (peer > 0) {
                    assertThat(key.peer()).isEqualTo(peer);
                    assertThat(key.hops()).isEqualTo(3);
                }
                made.add(key);
                keys.add(key, i);
            }
            for (int i = 0; i < made.size(); i += 3) {
                keys.remove(made.get(i));
            }
            for (int i = 0; i < made.size(); i++) {
                CancelKey key = made.get(i);
                if (i % 3 == 0) {
                    assertThat(keys.find(key, peer)).isEmpty();
                } else {
                    assertThat(keys.find(key, peer)).contains(i);
                    assertThat(keys.find(other(key, 0), peer)).isEmpty();
                    assertThat(keys.find(shorter(key), peer)).isEmpty();
                }
                keys.remove(key);
            }
        }
    }

    private static CancelKey other(CancelKey key, int at) {
        byte[] secret = key.secret();
        secret[at] ^= 1;
        return new CancelKey(key.process(), secret);
    }

    private static CancelKey shorter(CancelKey key) {
        return new CancelKey(key.process(), java.util.Arrays.copyOf(key.secret(), 3));
    }

    @Test
    void edge31AKeyThatWasHandedOnStillOpensAndNotForEver() {
        CancelKey key = keys.make(4, 7);
        keys.add(key, 1);
        CancelKey onTheWay = key;
        for (int hops = 3; hops > 0; hops--) {
            assertThat(onTheWay.hops()).isEqualTo(hops);
            assertThat(keys.find(onTheWay, 7)).contains(1);
            onTheWay = onTheWay.handedOn();
            assertThat(onTheWay.peer()).isEqualTo(7);
        }
        assertThat(onTheWay.hops()).isZero();
    }

    @Test
    void theRequestIsAsPostgresqlReadsIt() {
        ByteBuf out = Unpooled.buffer();
        new CancelKey(0x01020304, new byte[] {5, 6, 7, 8}).writeRequest(out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0000001004d2162e0102030405060708");
    }

    @Test
    void aKeyIsNotSaid() {
        assertThat(new CancelKey(1, new byte[] {77, 77, 77, 77}).toString()).doesNotContain("77");
    }
}

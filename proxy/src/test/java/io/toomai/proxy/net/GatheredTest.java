package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.toomai.proxy.relay.ProtocolViolation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GatheredTest {
    private static final int LONGEST = 8_192;
    private static final byte[] PIECE = new byte[6_000];

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Allowance allowance = new Allowance(100_000);

    private Gathered stranger() {
        return new Gathered(channel, LONGEST, allowance);
    }

    /// As many as there may be, each with the most that one may have kept.
    private List<Gathered> asManyAsThereMayBe() {
        List<Gathered> all = new ArrayList<>();
        try {
            while (all.size() < 1_000) {
                Gathered next = stranger();
                all.add(next);
                next.add(Unpooled.wrappedBuffer(PIECE));
            }
        } catch (ProtocolViolation e) {
            assertThat(e.what()).contains("try again later");
        }
        return all;
    }

    @Test
    void strangersTogetherAreBounded() {
        List<Gathered> all = asManyAsThereMayBe();
        assertThat(all).hasSizeBetween(5, 100_000 / PIECE.length + 1);
        all.forEach(Gathered::release);
        assertThat(asManyAsThereMayBe()).hasSameSizeAs(all);
    }

    @Test
    void whoIsKnownIsNoStrangerAnyMore() {
        for (int i = 0; i < 100; i++) {
            Gathered stranger = stranger();
            stranger.add(Unpooled.wrappedBuffer(PIECE));
            Gathered later = stranger.handOver();
            stranger.release();
            Gathered known = later.handOverKnown();
            later.release();
            known.add(Unpooled.wrappedBuffer(PIECE));
            assertThat(known.all().readableBytes()).isEqualTo(2 * PIECE.length);
        }
        Gathered one = stranger();
        one.add(Unpooled.wrappedBuffer(PIECE));
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                one.add(Unpooled.wrappedBuffer(PIECE));
                            }
                        })
                .isInstanceOf(ProtocolViolation.class);
    }
}

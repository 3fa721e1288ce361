package io.toomai.proxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is read of LISTEN and UNLISTEN, and what of it counts.
class ListeningTest {
    private final Listening listening = new Listening();

    private static @Nullable Subject read(String text) {
        ByteBuf in = Unpooled.copiedBuffer(text, UTF_8);
        return Listening.readAll(in, 0, in.readableBytes());
    }

    private List<String> ended() {
        List<String> left = new ArrayList<>();
        listening.ended(left::add);
        return left;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "listen News|LISTEN|news",
                " LISTEN \"News\" ; |LISTEN|News",
                "listen \"a\"\"b\"|LISTEN|a\"b",
                "LISTEN größe_1$|LISTEN|größe_1$",
                "unlisten NEWS;|UNLISTEN|news"
            })
    void oneStatementAlone(String text, Listening.Verb verb, String channel) {
        assertThat(read(text)).isEqualTo(new Listening.Alone(verb, channel));
    }

    @Test
    void otherTexts() {
        assertThat(read("UNLISTEN *"))
                .isEqualTo(new Listening.Alone(Listening.Verb.UNLISTEN, Listening.ALL));
        for (String other :
                List.of("listen *", "listen a; listen b", "listener", "select 1", "notify a")) {
            assertThat(read(other)).as(other).isNull();
        }
    }

    @Test
    void eachOfSeveralIsLeftInItsTurn() {
        Subject several = read("CLOSE ALL; unlisten A; UNLISTEN *;");
        listening.completed(Tag.OTHER, several);
        listening.completed(Tag.UNLISTEN, several);
        assertThat(ended()).containsExactly("a");
        listening.completed(Tag.UNLISTEN, several);
        assertThat(ended()).containsExactly(Listening.ALL);
    }

    @Test
    void whatIsRolledBackIsNotLeft() {
        listening.completed(Tag.UNLISTEN, read("unlisten a"));
        listening.completed(Tag.ROLLBACK, null);
        assertThat(ended()).isEmpty();
        listening.completed(Tag.UNLISTEN, read("unlisten a"));
        listening.failed();
        assertThat(ended()).isEmpty();
        listening.completed(Tag.UNLISTEN, read("unlisten a"));
        listening.completed(Tag.COMMIT, null);
        assertThat(ended()).containsExactly("a");
    }

    /// A function of an earlier client's may have had the server listen.
    @Test
    void whatTheClientNamedIsAllThatItGets() {
        listening.completed(Tag.LISTEN, read("listen a"));
        assertThat(listening.askedFor(Set.of("a", "somebodys"))).containsExactly("a");
        listening.completed(Tag.LISTEN, null);
        assertThat(listening.askedFor(Set.of("a"))).containsExactly("a");
        assertThat(listening.hasListened()).isFalse();
    }
}

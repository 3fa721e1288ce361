package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class FaultsTest {
    @Test
    void saysWhyInWordsForOperators() {
        assertThat(Faults.why(new ClosedChannelException())).isEqualTo("the connection has ended");
        assertThat(Faults.why(new FileNotFoundException())).isEqualTo("there is no such socket");
        assertThat(
                        Faults.why(
                                new IOException(
                                        "connect(..) failed with error(-111): Connection refused")))
                .isEqualTo("Connection refused");
        assertThat(Faults.why(new IOException("no handshake", new IOException("unknown CA"))))
                .isEqualTo("unknown CA");
    }
}

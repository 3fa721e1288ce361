package io.toomai.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PostmasterFileTest {
    @Test
    void whatIsNotYetWrittenIsEmpty() {
        assertThat(PostmasterFile.parse(List.of("17", "/data", "1", "5432")))
                .contains(new PostmasterFile(17, "1", 5432, "", ""));
        assertThat(
                        PostmasterFile.parse(
                                List.of(
                                        "17",
                                        "/data",
                                        "1",
                                        "5432",
                                        "/tmp",
                                        "*",
                                        "  1 2",
                                        "standby ")))
                .contains(new PostmasterFile(17, "1", 5432, "/tmp", "standby"));
        assertThat(PostmasterFile.parse(List.of())).isEmpty();
        assertThat(PostmasterFile.parse(List.of("-17"))).isEmpty();
        assertThat(PostmasterFile.parse(List.of("x"))).isEmpty();
    }
}

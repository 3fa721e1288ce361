package io.toomai.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.cli.CliException;
import io.toomai.cli.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What must be typed before a cluster is forgotten.
class RemoveCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void agree(String typed, Optional<String> leader) {
        var console =
                new Console(
                        new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                        out,
                        new ByteArrayOutputStream(),
                        Console.Kind.PIPE);
        RemoveCommand.agree(console, "demo", leader);
    }

    @Test
    void allThree() {
        agree("demo\nYes I am aware\npg1\n", Optional.of("pg1"));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        "Please confirm the cluster name to remove: You are about to remove all"
                                + " information in DCS for demo, please type: \"Yes I am aware\":"
                                + " This cluster currently is healthy. Please specify the leader"
                                + " name to continue: ");
        agree("demo\nYes I am aware\n", Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Demo,Yes I am aware,pg1 | Cluster names specified do not match",
                "demo,yes i am aware,pg1 | You did not exactly type \"Yes I am aware\"",
                "demo,yes,pg1 | You did not exactly type \"Yes I am aware\"",
                "demo,Yes I am aware,pg2 | You did not specify the current leader of the cluster",
                "demo,Yes I am aware | Aborted!",
            })
    void anythingElseChangesNothing(String typed, String why) {
        assertThatThrownBy(() -> agree(typed.replace(',', '\n') + "\n", Optional.of("pg1")))
                .isInstanceOf(CliException.class)
                .hasMessage(why);
    }
}

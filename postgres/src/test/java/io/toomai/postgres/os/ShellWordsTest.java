package io.toomai.postgres.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.postgres.PostgresException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Command lines as Patroni splits them.
class ShellWordsTest {
    private static List<String> split(String line) {
        return ShellWords.split(line, "postgresql.x.command");
    }

    @Test
    void splitsAsAShellDoes() {
        assertThat(split("  /bin/a  -b\tc\n")).containsExactly("/bin/a", "-b", "c");
        assertThat(split("a 'b  c' \"d e\" f\\ g")).containsExactly("a", "b  c", "d e", "f g");
        assertThat(split("a '' --x=\"y z\"w")).containsExactly("a", "", "--x=y zw");
        assertThat(split("'a\\b' \"c\\d\" \"e\\\"f\\\\g\""))
                .containsExactly("a\\b", "c\\d", "e\"f\\g");
    }

    @Test
    void nothingElseMeansAnything() {
        assertThat(split("a $HOME | b > *; #c"))
                .containsExactly("a", "$HOME", "|", "b", ">", "*;", "#c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "a 'b", "a \"b", "a\\"})
    void whatIsNoCommandIsNamed(String line) {
        assertThatThrownBy(() -> split(line))
                .isInstanceOf(PostgresException.class)
                .hasMessageContaining("postgresql.x.command is no command");
    }
}

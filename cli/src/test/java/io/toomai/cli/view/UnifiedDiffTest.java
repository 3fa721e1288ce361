package io.toomai.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnifiedDiffTest {
    @Test
    void equalTextsHaveNone() {
        assertThat(UnifiedDiff.of("a\nb\n", "a\nb\n")).isEmpty();
    }

    @Test
    void showsThreeLinesAround() {
        assertThat(UnifiedDiff.of("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\nsix\n7\n8\n9\n"))
                .containsExactly(
                        "--- ",
                        "+++ ",
                        "@@ -3,7 +3,7 @@",
                        " 3",
                        " 4",
                        " 5",
                        "-6",
                        "+six",
                        " 7",
                        " 8",
                        " 9");
    }

    @Test
    void distantChangesMakeTwoHunks() {
        String before = "a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n";
        assertThat(UnifiedDiff.of(before, before.replace("a", "A").replace("b", "B")))
                .containsExactly(
                        "--- ",
                        "+++ ",
                        "@@ -1,4 +1,4 @@",
                        "-a",
                        "+A",
                        " 1",
                        " 2",
                        " 3",
                        "@@ -7,4 +7,4 @@",
                        " 6",
                        " 7",
                        " 8",
                        "-b",
                        "+B");
    }

    @Test
    void nearChangesShareOne() {
        assertThat(UnifiedDiff.of("a\n1\n2\nb\n", "A\n1\n2\nB\n"))
                .containsExactly(
                        "--- ", "+++ ", "@@ -1,4 +1,4 @@", "-a", "+A", " 1", " 2", "-b", "+B");
    }

    @Test
    void fromNothing() {
        assertThat(UnifiedDiff.of("", "a\n"))
                .containsExactly("--- ", "+++ ", "@@ -0,0 +1 @@", "+a");
    }
}

package io.toomai.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// By what a file says it is told which kind it is of.
class SourceTest {
    @TempDir private Path folder;

    private boolean isIni(String text) throws IOException {
        return Source.isIni(Files.writeString(folder.resolve("file"), text));
    }

    @Test
    void theFirstLineThatSaysSomethingDecides() throws IOException {
        assertThat(isIni("; a comment\n\n [databases]\n* =\n")).isTrue();
        assertThat(isIni("# a comment\n%include /etc/more.ini\n")).isTrue();
        assertThat(isIni("# a comment\nscope: demo\n")).isFalse();
        assertThat(isIni("")).isFalse();
    }

    @Test
    void aByteOrderMarkDecidesNothing() throws IOException {
        assertThat(isIni("\uFEFF[databases]\n* =\n")).isTrue();
        assertThat(isIni("\uFEFF; a comment\n[databases]\n* =\n")).isTrue();
        assertThat(isIni("\uFEFFscope: demo\n")).isFalse();
    }
}

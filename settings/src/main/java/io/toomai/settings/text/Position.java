package io.toomai.settings.text;

/// Where a value was written: a file (or another source, such as `environment PATRONI_NAME`) and
/// its line.
///
/// @param line from 1; 0 where the source has no lines
public record Position(String source, int line) {
    public static final Position NOWHERE = new Position("", 0);

    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line;
    }
}

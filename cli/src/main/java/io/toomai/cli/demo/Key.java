package io.toomai.cli.demo;

import java.util.Optional;

/// What a key press in the live view asks for.
enum Key {
    KILL_POSTMASTER('k'),
    KILL_NODE('n'),
    FREEZE('f'),
    SWITCH_OVER('s'),
    BRING_BACK('b'),
    QUIT('q');

    private static final int CTRL_C = 3;
    private static final int CTRL_D = 4;

    private final char letter;

    Key(char letter) {
        this.letter = letter;
    }

    /// The action of a character as it was read; upper case counts too.
    static Optional<Key> of(int character) {
        if (character == CTRL_C || character == CTRL_D) {
            return Optional.of(QUIT);
        }
        int lower = Character.toLowerCase(character);
        for (Key key : values()) {
            if (key.letter == lower) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }
}

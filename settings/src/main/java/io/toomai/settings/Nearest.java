package io.toomai.settings;

import java.util.Collection;
import java.util.Optional;

/// Finds what somebody who mistyped a name meant.
public final class Nearest {
    private Nearest() {}

    /// The nearest candidate within a third of the word's length (at least one edit); the first of
    /// equals.
    public static Optional<String> to(String word, Collection<String> candidates) {
        int best = Math.max(1, word.length() / 3) + 1;
        Optional<String> nearest = Optional.empty();
        for (String candidate : candidates) {
            if (Math.abs(word.length() - candidate.length()) >= best) {
                continue; // to compare a word of thousands of letters takes its time
            }
            int distance = distance(word, candidate);
            if (distance < best) {
                best = distance;
                nearest = Optional.of(candidate);
            }
        }
        return nearest;
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + same, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}

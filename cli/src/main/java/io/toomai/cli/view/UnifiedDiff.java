package io.toomai.cli.view;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The difference of two texts in the unified format, three lines of context. Matches the longest
/// common run first, then what lies left and right of it.
public final class UnifiedDiff {
    private static final int CONTEXT = 3;

    private final List<String> before;
    private final List<String> after;
    private final Map<String, List<Integer>> places = new HashMap<>();

    private UnifiedDiff(List<String> before, List<String> after) {
        this.before = before;
        this.after = after;
        for (int j = 0; j < after.size(); j++) {
            places.computeIfAbsent(after.get(j), _ -> new ArrayList<>()).add(j);
        }
    }

    /// The lines of the difference; none when the texts are equal.
    public static List<String> of(String before, String after) {
        return new UnifiedDiff(before.lines().toList(), after.lines().toList()).lines();
    }

    private record Match(int a, int b, int size) {}

    /// A run of lines that are equal, or that one side has and the other not.
    private record Piece(int a, int aEnd, int b, int bEnd, Kind kind) {}

    private enum Kind {
        EQUAL,
        CHANGED
    }

    private List<String> lines() {
        List<List<Piece>> hunks = hunks(pieces());
        var out = new ArrayList<String>();
        if (hunks.isEmpty()) {
            return out;
        }
        out.add("--- ");
        out.add("+++ ");
        for (List<Piece> hunk : hunks) {
            Piece first = hunk.getFirst();
            Piece last = hunk.getLast();
            out.add(
                    "@@ -"
                            + range(first.a(), last.aEnd())
                            + " +"
                            + range(first.b(), last.bEnd())
                            + " @@");
            for (Piece piece : hunk) {
                switch (piece.kind()) {
                    case EQUAL ->
                            before.subList(piece.a(), piece.aEnd())
                                    .forEach(line -> out.add(" " + line));
                    case CHANGED -> {
                        before.subList(piece.a(), piece.aEnd())
                                .forEach(line -> out.add("-" + line));
                        after.subList(piece.b(), piece.bEnd()).forEach(line -> out.add("+" + line));
                    }
                }
            }
        }
        return out;
    }

    private static String range(int start, int end) {
        int length = end - start;
        if (length == 1) {
            return Integer.toString(start + 1);
        }
        return (length == 0 ? start : start + 1) + "," + length;
    }

    private List<Piece> pieces() {
        var matches = new ArrayList<Match>();
        collect(0, before.size(), 0, after.size(), matches);
        matches.add(new Match(before.size(), after.size(), 0));
        var pieces = new ArrayList<Piece>();
        int a = 0;
        int b = 0;
        for (Match match : matches) {
            if (a < match.a() || b < match.b()) {
                pieces.add(new Piece(a, match.a(), b, match.b(), Kind.CHANGED));
            }
            a = match.a() + match.size();
            b = match.b() + match.size();
            if (match.size() > 0) {
                pieces.add(new Piece(match.a(), a, match.b(), b, Kind.EQUAL));
            }
        }
        return pieces;
    }

    private void collect(int aLow, int aHigh, int bLow, int bHigh, List<Match> matches) {
        Match match = longest(aLow, aHigh, bLow, bHigh);
        if (match.size() == 0) {
            return;
        }
        collect(aLow, match.a(), bLow, match.b(), matches);
        Match previous = matches.isEmpty() ? new Match(0, 0, 0) : matches.getLast();
        if (previous.size() > 0
                && previous.a() + previous.size() == match.a()
                && previous.b() + previous.size() == match.b()) {
            matches.removeLast();
            matches.add(new Match(previous.a(), previous.b(), previous.size() + match.size()));
        } else {
            matches.add(match);
        }
        collect(match.a() + match.size(), aHigh, match.b() + match.size(), bHigh, matches);
    }

    private Match longest(int aLow, int aHigh, int bLow, int bHigh) {
        var best = new Match(aLow, bLow, 0);
        Map<Integer, Integer> lengths = new HashMap<>();
        for (int i = aLow; i < aHigh; i++) {
            Map<Integer, Integer> next = new HashMap<>();
            for (int j : places.getOrDefault(before.get(i), List.of())) {
                if (j >= bLow && j < bHigh) {
                    int length = lengths.getOrDefault(j - 1, 0) + 1;
                    next.put(j, length);
                    if (length > best.size()) {
                        best = new Match(i - length + 1, j - length + 1, length);
                    }
                }
            }
            lengths = next;
        }
        return best;
    }

    private static List<List<Piece>> hunks(List<Piece> pieces) {
        var hunks = new ArrayList<List<Piece>>();
        var hunk = new ArrayList<Piece>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (piece.kind() == Kind.CHANGED) {
                hunk.add(piece);
                continue;
            }
            boolean first = i == 0;
            boolean last = i == pieces.size() - 1;
            int size = piece.aEnd() - piece.a();
            if (!first && !last && size <= 2 * CONTEXT) {
                hunk.add(piece);
                continue;
            }
            if (!first) {
                int keep = Math.min(CONTEXT, size);
                hunk.add(
                        new Piece(
                                piece.a(),
                                piece.a() + keep,
                                piece.b(),
                                piece.b() + keep,
                                Kind.EQUAL));
                hunks.add(List.copyOf(hunk));
                hunk.clear();
            }
            if (!last) {
                int keep = Math.min(CONTEXT, size);
                hunk.add(
                        new Piece(
                                piece.aEnd() - keep,
                                piece.aEnd(),
                                piece.bEnd() - keep,
                                piece.bEnd(),
                                Kind.EQUAL));
            }
        }
        if (hunk.stream().anyMatch(piece -> piece.kind() == Kind.CHANGED)) {
            hunks.add(List.copyOf(hunk));
        }
        return hunks;
    }
}

package io.toomai.proxy.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Messages of both sides of the protocol as a seed brings them: well formed, with a few bytes
/// changed, cut off, with lengths that lie, or none at all. The same seed brings the same bytes.
public final class Noise {
    private static final int[] ODD_NUMBERS = {
        0,
        1,
        3,
        4,
        5,
        6,
        -1,
        255,
        256,
        8191,
        8192,
        10_000,
        30_001,
        65_536,
        65_537,
        1 << 20,
        (16 << 20) + 1,
        1 << 30,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE
    };

    private static final String[] NAMES = {
        "",
        "s",
        "t",
        "u",
        "toomai_1",
        "toomai_2",
        "toomai_3",
        "toomai_7",
        "n".repeat(70),
        "\u00e4\uffff"
    };

    private static final String[] CLIENT = {
        "Q", "Q", "Q", "P", "P", "P", "B", "B", "B", "D", "D", "E", "E", "C", "C", "S", "S", "S",
        "H", "F", "d", "c", "f", "X", "p"
    };

    private static final String[] SERVER = {
        "R", "S", "S", "K", "Z", "Z", "Z", "1", "1", "2", "2", "3", "T", "T", "n", "t", "D", "D",
        "C", "C", "C", "E", "E", "N", "A", "I", "s", "G", "H", "W", "d", "c", "V", "v"
    };

    private static final String[] TAGS = {
        "SELECT 1",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SET",
        "RESET",
        "DISCARD ALL",
        "DEALLOCATE ALL",
        "DEALLOCATE",
        ""
    };

    private final SplittableRandom random;
    private final List<String> statements;

    /// @param statements what its queries say
    public Noise(long seed, List<String> statements) {
        this.random = new SplittableRandom(seed);
        this.statements = List.copyOf(statements);
    }

    /// @return from 0 on, below that
    public int below(int bound) {
        return random.nextInt(bound);
    }

    public boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    public <T> T one(List<T> of) {
        return of.get(below(of.size()));
    }

    private String one(String[] of) {
        return of[below(of.length)];
    }

    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    // ---- messages

    public static byte[] message(char type, byte[] body) {
        byte[] all = new byte[5 + body.length];
        all[0] = (byte) type;
        put(all, 1, 4 + body.length);
        System.arraycopy(body, 0, all, 5, body.length);
        return all;
    }

    public static byte[] text(String... words) {
        return (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /// A StartupMessage, or a request for encryption or to cancel.
    public byte[] opening(String user, String database) {
        byte[] body =
                switch (below(12)) {
                    case 0 -> packet(1234, 5679, new byte[0]);
                    case 1 -> packet(1234, 5680, new byte[0]);
                    case 2 -> packet(1234, 5678, bytes(4 + 4 * below(9)));
                    case 3 -> packet(below(5), below(9), text("user", user, "", ""));
                    case 4 -> packet(3, below(4), text("user", user, "options", statement(), ""));
                    case 5 ->
                            packet(3, 2, text("_pq_.x", "y", "user", user, "replication", "1", ""));
                    default -> packet(3, 0, text("user", user, "database", database, ""));
                };
        return oneIn(3) ? mutated(body) : body;
    }

    public static byte[] packet(int major, int minor, byte[] body) {
        byte[] all = new byte[8 + body.length];
        put(all, 0, all.length);
        put(all, 4, major << 16 | minor);
        System.arraycopy(body, 0, all, 8, body.length);
        return all;
    }

    private String statement() {
        return one(statements);
    }

    /// One of a client's, as it should be.
    public byte[] fromClient() {
        char type = one(CLIENT).charAt(0);
        byte[] body =
                switch (type) {
                    case 'Q' -> text(statement());
                    case 'P' -> concat(text(one(NAMES), statement()), new byte[2]);
                    case 'B' -> concat(text(oneIn(4) ? "p" : "", one(NAMES)), new byte[6]);
                    case 'D', 'C' -> text((oneIn(3) ? "P" : "S") + one(NAMES));
                    case 'E' -> concat(text(oneIn(4) ? "p" : ""), new byte[4]);
                    case 'F' -> bytes(10);
                    case 'd' -> bytes(below(100));
                    case 'f', 'p' -> text("word");
                    default -> new byte[0];
                };
        return message(type, body);
    }

    /// One of a server's, as it should be.
    public byte[] fromServer() {
        char type = one(SERVER).charAt(0);
        byte[] body =
                switch (type) {
                    case 'R' -> concat(number(one(List.of(0, 3, 5, 10, 11, 12))), bytes(below(20)));
                    case 'S' -> text(one(List.of("TimeZone", "in_hot_standby", "x")), one(NAMES));
                    case 'K' -> bytes(8);
                    case 'Z' -> new byte[] {(byte) "ITEx".charAt(below(4))};
                    case 'T', 'D', 't' -> concat(new byte[] {0, 1}, bytes(below(40)));
                    case 'C' -> text(one(TAGS));
                    case 'E', 'N' ->
                            text(
                                    "VFATAL",
                                    "C" + one(List.of("0A000", "57P01", "26000")),
                                    "M" + one(NAMES),
                                    "RRevalidateCachedQuery",
                                    "");
                    case 'A' -> concat(number(7), text("channel", "words"));
                    case 'G', 'H', 'W' -> new byte[] {0, 0, 0};
                    case 'd', 'V' -> bytes(below(100));
                    case 'v' -> concat(number(0), number(0));
                    default -> new byte[0];
                };
        return message(type, body);
    }

    private static byte[] number(int value) {
        byte[] bytes = new byte[4];
        put(bytes, 0, value);
        return bytes;
    }

    private static void put(byte[] into, int at, int value) {
        for (int i = 0; i < 4; i++) {
            into[at + i] = (byte) (value >>> (24 - 8 * i));
        }
    }

    public static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    // ---- what becomes of them

    /// With one to three changes.
    public byte[] mutated(byte[] message) {
        byte[] all = message;
        for (int turns = 1 + below(3); turns > 0; turns--) {
            all = change(all);
        }
        return all;
    }

    private byte[] change(byte[] from) {
        if (from.length == 0) {
            return bytes(1 + below(8));
        }
        int at = below(from.length);
        byte[] all = from.clone();
        switch (below(8)) {
            case 0 -> all[at] ^= (byte) (1 << below(8));
            case 1 -> all[at] = (byte) below(256);
            case 2 -> all = withNumber(all, 1);
            case 3 -> all = withNumber(all, at);
            case 4 -> all = Arrays.copyOf(all, at);
            case 5 ->
                    all =
                            concat(
                                    Arrays.copyOf(all, at),
                                    Arrays.copyOfRange(all, at + 1, all.length));
            case 6 ->
                    all =
                            concat(
                                    Arrays.copyOf(all, at),
                                    bytes(1 + below(9)),
                                    Arrays.copyOfRange(all, at, all.length));
            default -> all = concat(all, all);
        }
        return all;
    }

    private byte[] withNumber(byte[] from, int at) {
        byte[] all = Arrays.copyOf(from, Math.max(at + 4, from.length));
        put(all, at, oddNumber());
        return all;
    }

    private int oddNumber() {
        return ODD_NUMBERS[below(ODD_NUMBERS.length)];
    }

    /// The bytes in pieces of any size, often of one byte each.
    public List<byte[]> pieces(byte[] all) {
        List<byte[]> pieces = new ArrayList<>();
        int most = one(List.of(1, 2, 7, 64, all.length + 1));
        int at = 0;
        while (at < all.length) {
            int next = Math.min(all.length, at + 1 + below(most));
            pieces.add(Arrays.copyOfRange(all, at, next));
            at = next;
        }
        return pieces;
    }
}

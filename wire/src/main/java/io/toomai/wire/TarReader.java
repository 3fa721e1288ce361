package io.toomai.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads a tar archive as PostgreSQL sends it (ustar: files, directories, symbolic links), pushed
/// in pieces of any size. Anything else, a wrong checksum, or an archive that ends early is
/// refused. Names are passed on as they are: whoever writes them must check them. Not thread-safe.
final class TarReader {
    private static final int BLOCK = 512;

    private final String archive;
    private final Entries entries;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private State state = State.HEADER;
    private long left;
    private int padding;

    private enum State {
        HEADER,
        CONTENT,
        PADDING,
        /// One zero block seen; a second one ends the archive.
        ENDING,
        ENDED
    }

    /// Receives what the archive holds, in its order.
    interface Entries {
        void directory(String name, int mode);

        void symlink(String name, String linkTarget);

        void fileStart(String name, int mode, long size);

        void fileContent(ByteBuffer bytes);

        void fileEnd();
    }

    /// @param archive the archive's name, for messages
    TarReader(String archive, Entries entries) {
        this.archive = archive;
        this.entries = entries;
    }

    /// Takes the next piece, whole.
    void accept(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            switch (state) {
                case HEADER, ENDING -> {
                    if (collectBlock(bytes)) {
                        header();
                    }
                }
                case CONTENT -> content(bytes);
                case PADDING -> {
                    int skip = Math.min(padding, bytes.remaining());
                    bytes.position(bytes.position() + skip);
                    padding -= skip;
                    if (padding == 0) {
                        state = State.HEADER;
                    }
                }
                // Writers may fill up to a record size with zero blocks.
                case ENDED -> bytes.position(bytes.limit());
            }
        }
    }

    /// Checks that the archive is complete.
    void finish() {
        if (state != State.ENDED) {
            throw broken("it ends before its two zero blocks: the stream was cut");
        }
    }

    private boolean collectBlock(ByteBuffer bytes) {
        int count = Math.min(block.remaining(), bytes.remaining());
        block.put(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        return !block.hasRemaining();
    }

    private void header() {
        block.clear();
        if (allZero()) {
            state = state == State.ENDING ? State.ENDED : State.ENDING;
            return;
        }
        if (state == State.ENDING) {
            throw broken("a single zero block stands between its entries");
        }
        if (checksum() != number(148, 8, "checksum")) {
            throw broken("a header's checksum is wrong");
        }
        entry((char) block.get(156), name());
        block.clear();
    }

    private void entry(char type, String name) {
        long size = number(124, 12, "size");
        int mode = (int) number(100, 8, "mode") & 0777;
        switch (type) {
            case '0', '\0' -> {
                entries.fileStart(name, mode, size);
                left = size;
                padding = (int) ((BLOCK - size % BLOCK) % BLOCK);
                state = State.CONTENT;
                if (size == 0) {
                    endOfFile();
                }
            }
            case '5' -> {
                requireNoContent(size, name);
                entries.directory(withoutSlash(name), mode);
            }
            case '2' -> {
                requireNoContent(size, name);
                entries.symlink(withoutSlash(name), text(157, 100));
            }
            case 'L', 'K', 'x', 'g' ->
                    throw broken(
                            "entry '"
                                    + name
                                    + "' is a long-name extension (type "
                                    + type
                                    + "), which PostgreSQL never sends");
            default ->
                    throw broken(
                            "entry '"
                                    + name
                                    + "' is of type "
                                    + FrameReader.printable((byte) type)
                                    + "; only files, directories and symbolic links are taken");
        }
    }

    /// PostgreSQL ends the names of directories, and of links to them, with a slash.
    private static String withoutSlash(String name) {
        return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }

    private void content(ByteBuffer bytes) {
        int count = (int) Math.min(left, bytes.remaining());
        entries.fileContent(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        left -= count;
        if (left == 0) {
            endOfFile();
        }
    }

    private void endOfFile() {
        entries.fileEnd();
        state = padding == 0 ? State.HEADER : State.PADDING;
    }

    private void requireNoContent(long size, String name) {
        if (size != 0) {
            throw broken("entry '" + name + "' has content but is not a file");
        }
    }

    private boolean allZero() {
        for (int i = 0; i < BLOCK; i++) {
            if (block.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /// Sum of all bytes, the checksum field counted as spaces.
    private long checksum() {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block.get(i) & 0xFF;
        }
        return sum;
    }

    /// Octal text, or binary where the first bit is set (sizes from 8 GiB on).
    private long number(int offset, int length, String what) {
        int first = block.get(offset) & 0xFF;
        if (first == 0x80) {
            long value = 0;
            for (int i = 1; i < length; i++) {
                if (value > Long.MAX_VALUE >> 8) {
                    throw broken("a header's " + what + " is too large");
                }
                value = value << 8 | (block.get(offset + i) & 0xFF);
            }
            return value;
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            int c = block.get(offset + i) & 0xFF;
            if (c == 0 || (c == ' ' && i > 0)) {
                break;
            }
            if (c != ' ' && (c < '0' || c > '7')) {
                throw broken("a header's " + what + " is not a number");
            }
            value = c == ' ' ? value : value << 3 | (c - '0');
        }
        return value;
    }

    private String name() {
        boolean ustar = text(257, 5).equals("ustar");
        String prefix = ustar ? text(345, 155) : "";
        String name = text(0, 100);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && block.get(end) != 0) {
            end++;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(block.slice(offset, end - offset))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new WireException(
                    WireException.Code.WIRE_ARCHIVE,
                    "archive " + archive + " holds a file name that is not UTF-8; rename that file",
                    e);
        }
    }

    private WireException broken(String what) {
        return new WireException(
                WireException.Code.WIRE_ARCHIVE, "archive " + archive + " is refused: " + what);
    }
}

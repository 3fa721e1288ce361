package io.toomai.dcs.embedded;

import io.toomai.dcs.embedded.Answer.Phase;
import io.toomai.dcs.embedded.Answer.Runs;
import io.toomai.dcs.embedded.Answer.Silent;
import io.toomai.dcs.embedded.Answer.Waits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Asks another voter what it is. The question is ZooKeeper's own election message, from a sender
/// that is no member: a ZooKeeper answers it at once with its state and the membership that it has
/// recorded, and counts it for nothing. A voter that has not started ZooKeeper answers with a line
/// ([Greeter]). So a process that is frozen, or a stranger on that port, is never mistaken for a
/// store. Each read is bounded; any thread.
final class Question {
    static final String GREETING = "toomai-founding";
    static final Duration DEADLINE = Duration.ofSeconds(2);

    /// A connection that ZooKeeper sees again may first repeat what it said on the one before.
    private static final Duration LAST_WORD = Duration.ofMillis(150);

    private static final Pattern LINE =
            Pattern.compile(GREETING + " 1 (\\d+) (FRESH|READY) ([0-9a-f]+)");
    private static final long PROTOCOL = -65536; // QuorumCnxManager.PROTOCOL_VERSION_V1
    private static final int LONGEST = 1 << 19; // QuorumCnxManager.PACKETMAXSIZE
    private static final int WITHOUT_MEMBERSHIP = 1;

    /// By the number that ZooKeeper's message has for them.
    private static final List<StoreState> STATES =
            List.of(
                    StoreState.LOOKING,
                    StoreState.FOLLOWING,
                    StoreState.LEADING,
                    StoreState.OBSERVING);

    private static final int MOST_WORDS = 8;

    private final PeerSockets sockets;
    private final int asker;

    /// @param asker id of the voter that asks; it stays one sender, so that ZooKeeper keeps one
    ///   queue for it
    Question(PeerSockets sockets, int asker) {
        this.sockets = sockets;
        this.asker = asker;
    }

    Answer ask(Membership.Member member) {
        try (Socket socket = sockets.connect(member.host(), member.electionPort(), DEADLINE)) {
            socket.setSoTimeout((int) DEADLINE.toMillis());
            socket.getOutputStream().write(message());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int first = in.readInt();
            return first >= 0 && first <= LONGEST
                    ? lastWord(socket, in, first)
                    : greeting(first, in, member.id());
        } catch (IOException e) {
            return new Silent(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private byte[] message() throws IOException {
        byte[] address = "127.0.0.1:1".getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(PROTOCOL);
        out.writeLong(Long.MAX_VALUE - 1 - asker); // above every voter, or it would call back
        out.writeInt(address.length);
        out.write(address);
        int length = 4 + 4 * 8 + 4 + 4;
        out.writeInt(length);
        out.writeInt(STATES.indexOf(StoreState.LOOKING));
        out.writeLong(Long.MIN_VALUE); // proposes nobody
        out.writeLong(-1); // has seen nothing
        out.writeLong(-1);
        out.writeLong(-1);
        out.writeInt(WITHOUT_MEMBERSHIP);
        out.writeInt(0);
        return bytes.toByteArray();
    }

    private static Answer lastWord(Socket socket, DataInputStream in, int first)
            throws IOException {
        Answer last = runs(in, first);
        socket.setSoTimeout((int) LAST_WORD.toMillis());
        try {
            for (int repeated = 0; repeated < MOST_WORDS; repeated++) {
                last = runs(in, in.readInt());
            }
        } catch (IOException e) {
            return last; // that was all
        }
        return last;
    }

    private static Answer runs(DataInputStream in, int length) throws IOException {
        if (length < 0 || length > LONGEST) {
            throw new IOException("not an election message");
        }
        byte[] body = new byte[length];
        in.readFully(body);
        DataInputStream message = new DataInputStream(new ByteArrayInputStream(body));
        int state = message.readInt();
        long leader = message.readLong();
        message.skipNBytes(3 * 8);
        message.skipNBytes(4);
        byte[] membership = new byte[Math.clamp(message.readInt(), 0, length)];
        message.readFully(membership);
        if (state < 0 || state >= STATES.size()) {
            throw new IOException("not an election message");
        }
        return new Runs(
                STATES.get(state),
                leader,
                Membership.parse(new String(membership, StandardCharsets.UTF_8)));
    }

    private static Answer greeting(int first, DataInputStream in, int expected) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int shift = 24; shift >= 0; shift -= 8) {
            line.append((char) (first >> shift & 0xff));
        }
        for (int next = in.read(); next > '\n' && line.length() < 256; next = in.read()) {
            line.append((char) next);
        }
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            return new Silent("something else answers on that port");
        }
        int id = Integer.parseInt(matcher.group(1));
        if (id != expected) {
            return new Silent("voter " + id + " answers there: check toomai.store on both");
        }
        return new Waits(Phase.valueOf(matcher.group(2)), matcher.group(3));
    }
}

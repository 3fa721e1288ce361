package io.toomai.proxy.relay;

/// Which messages a proxy lets through. One object for all its connections: what is changed is
/// changed for all. Not thread safe: belongs to an event loop.
public final class MessageRules {
    private long longest = Long.MAX_VALUE;
    private SimpleQueries simpleQueries = SimpleQueries.PASS;

    /// What becomes of queries that may have several statements.
    public enum SimpleQueries {
        PASS,
        /// Whoever sends one is put out.
        ARE_REFUSED
    }

    /// @param longest that a message may be with its type and length, in bytes
    public void set(long longest, SimpleQueries simpleQueries) {
        this.longest = longest;
        this.simpleQueries = simpleQueries;
    }

    public SimpleQueries simpleQueries() {
        return simpleQueries;
    }

    /// @throws ProtocolViolation if a client may not send it
    void checkClients(Cursor cursor) {
        if (cursor.length() > longest) {
            throw tooLong("bad packet header", cursor);
        }
        if (simpleQueries == SimpleQueries.ARE_REFUSED && cursor.type() == 'Q') {
            throw new ProtocolViolation("PQexec disallowed");
        }
    }

    /// @throws ProtocolViolation if it is too long
    void checkServers(Cursor cursor) {
        if (cursor.length() > longest) {
            throw tooLong("bad pkt header", cursor);
        }
    }

    private ProtocolViolation tooLong(String words, Cursor cursor) {
        return new ProtocolViolation(
                words
                        + ": a message of type "
                        + cursor.typeText()
                        + " has "
                        + cursor.length()
                        + " bytes, max_packet_size is "
                        + longest);
    }
}

package io.toomai.proxy.relay;

/// A statement under the name that one client gave it. The statement itself may be on any number of
/// servers, or on none.
@SuppressWarnings("ArrayRecordComponent") // never changed, and compared by identity
record Prepared(byte[] name, Statement statement) {
    static final int LEAST_WEIGHT = 100;

    /// About so many bytes of memory, without the statement's.
    int weight() {
        return LEAST_WEIGHT + name.length;
    }

    /// As if nobody else had it.
    int weightWithText() {
        return weight() + statement.body().length;
    }
}

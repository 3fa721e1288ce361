package io.toomai.proxy.net;

/// How the last attempt to reach a server has ended.
///
/// @param at monotonic, in nanoseconds
record Contact(long at, Outcome outcome) {
    enum Outcome {
        /// It has answered, though perhaps with an error.
        ANSWERED,
        FAILED
    }

    static Contact reached() {
        return new Contact(System.nanoTime(), Outcome.ANSWERED);
    }

    /// @param code SQLSTATE: nobody is there, or it starts, stops or recovers
    static Contact failed(String code) {
        return new Contact(
                System.nanoTime(),
                code.startsWith("08") || code.startsWith("57P")
                        ? Outcome.FAILED
                        : Outcome.ANSWERED);
    }

    static Contact later(Contact one, Contact other) {
        return one.at - other.at > 0 ? one : other;
    }
}

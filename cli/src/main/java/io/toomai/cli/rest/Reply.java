package io.toomai.cli.rest;

/// What came of one request.
public sealed interface Reply {
    /// The member answered, whatever it said.
    record Answered(int status, String body) implements Reply {
        public boolean ok() {
            return status >= 200 && status < 300;
        }
    }

    /// Nothing came back in time. The request may have been carried out all the same unless the
    /// connection was refused.
    record NoAnswer(String reason) implements Reply {}
}

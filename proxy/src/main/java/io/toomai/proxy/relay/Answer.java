package io.toomai.proxy.relay;

/// What becomes of the answer to a request.
enum Answer {
    /// It goes to the client.
    PASSES,
    /// The proxy asked on its own account: the client never sees it.
    IS_DROPPED,
    /// The server was never asked: the proxy answers when the turn comes.
    IS_MADE_HERE
}

package io.toomai.proxy.relay;

/// What a server owes an answer for, by the message that asks for it.
enum Request {
    PARSE,
    BIND,
    DESCRIBE,
    EXECUTE,
    CLOSE,
    SYNC,
    QUERY,
    FUNCTION
}

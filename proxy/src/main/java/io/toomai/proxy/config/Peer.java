package io.toomai.proxy.config;

/// An entry of `[peers]`: another process behind the same address, to which a request to cancel is
/// handed on that is meant for it.
///
/// @param id from 1
/// @param host an address, or the directory of a Unix socket
public record Peer(int id, String host, int port, int poolSize) {}

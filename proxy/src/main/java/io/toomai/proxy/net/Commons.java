package io.toomai.proxy.net;

import io.toomai.proxy.session.CancelKeys;

/// What the wings of a proxy share. All of it is thread safe.
///
/// @param keys of all clients whose work can be canceled
record Commons(
        Transport transport,
        Aside aside,
        Directions directions,
        Numbers numbers,
        Crowd crowd,
        Limits limits,
        Journal journal,
        CancelKeys<Cancels.Holder> keys) {}

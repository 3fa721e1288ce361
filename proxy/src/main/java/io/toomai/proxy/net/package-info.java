/// The proxy's connections: listeners, event loops, logins, and the relay between a client and the
/// server that it has at the moment.
///
/// A [Wing] is what one event loop has: whole pools, with all their clients and servers. The
/// [Premises] belong to the first of these loops, and are there once: clients come in there and
/// prove who they are, then a [Transfer] takes each to its pool's wing for good; orders, tables and
/// switchovers begin there and reach the wings as messages ([Wings]). What loops share is in
/// [Commons], and thread safe.
@NullMarked
package io.toomai.proxy.net;

import org.jspecify.annotations.NullMarked;

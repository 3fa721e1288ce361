/// Whole clusters in one thread: virtual clock, network, store, PostgreSQL, clients, faults and the
/// checkers that judge them. The decisions are the real ones of `core`; the rest is a model.
@NullMarked
package io.toomai.simulation;

import org.jspecify.annotations.NullMarked;

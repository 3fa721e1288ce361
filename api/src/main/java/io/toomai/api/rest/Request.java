package io.toomai.api.rest;

import io.toomai.api.Query;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Supplier;

/// A request as the dispatcher sees it.
///
/// @param path decoded, without the query
/// @param body read only when access is granted and the route takes one
record Request(String method, String path, Query query, Caller caller, Supplier<BodyReading> body) {

    /// Who calls.
    ///
    /// @param authorization the header of that name
    record Caller(
            InetAddress address, ClientCertificate certificate, Optional<String> authorization) {}

    /// Whether the caller showed a certificate that was verified.
    enum ClientCertificate {
        SHOWN,
        NOT_SHOWN
    }

    /// What came as the body.
    sealed interface BodyReading {
        record Text(String text) implements BodyReading {}

        /// Neither length nor chunks were announced.
        record NoLength() implements BodyReading {}

        record TooLong(int limit) implements BodyReading {}

        /// It did not come in time, or the connection broke.
        record Incomplete() implements BodyReading {}
    }
}

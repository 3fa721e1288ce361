package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.toomai.dcs.http.Refusal;
import io.toomai.dcs.http.Refusal.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What follows from a refusal, by code and text.
class GatewayReplyTest {
    @ParameterizedTest
    @CsvSource({
        "13, unexpected EOF, UNAVAILABLE",
        "14, etcdserver: no leader, UNAVAILABLE",
        "4, context deadline exceeded, UNAVAILABLE",
        "5, etcdserver: requested lease not found, NO_LEASE",
        "16, etcdserver: invalid auth token, TOKEN",
        "3, etcdserver: authentication is not enabled, NO_AUTHENTICATION",
        "3, 'etcdserver: authentication failed, invalid user ID or password', DENIED",
        "7, etcdserver: permission denied, DENIED",
        "3, etcdserver: key is not provided, OTHER",
        "13, something else, OTHER"
    })
    void whatARefusalMeans(int code, String message, Kind kind) {
        String body = "{\"error\":\"%s\",\"code\":%d}".formatted(message, code);
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> GatewayReply.of(500, body))
                .matches(refusal -> refusal.kind() == kind, kind.name());
    }
}

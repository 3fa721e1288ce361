package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.route.Claim;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a server says of its role by `in_hot_standby` (PostgreSQL 14: at the login, and with the
/// next answer after it has changed).
final class RoleReport {
    private static final String NAME = "in_hot_standby";
    private static final byte[] NAME_THEN_VALUE =
            (NAME + "\0o").getBytes(StandardCharsets.US_ASCII);

    private RoleReport() {}

    /// Nothing from a server that does not report it.
    static Optional<Claim> of(Welcome said) {
        return Optional.ofNullable(said.parameters().get(NAME))
                .map(value -> value.equals("on") ? Claim.STANDBY : Claim.PRIMARY);
    }

    /// @return nothing when another parameter is reported
    static @Nullable Claim of(ByteBuf in, int index, int length) {
        if (length < NAME_THEN_VALUE.length + 2) {
            return null;
        }
        for (int i = 0; i < NAME_THEN_VALUE.length; i++) {
            if (in.getByte(index + i) != NAME_THEN_VALUE[i]) {
                return null;
            }
        }
        return in.getByte(index + NAME_THEN_VALUE.length) == 'n' ? Claim.STANDBY : Claim.PRIMARY;
    }
}

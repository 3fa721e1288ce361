package io.toomai.proxy.tls;

import io.netty.handler.ssl.SslContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Is built when it is first asked for. Java's TLS takes megabytes and tenths of a second, and with
/// the default `server_tls_sslmode = prefer` many servers have none. Thread safe.
final class LateContext implements Supplier<SslContext> {
    private final Supplier<SslContext> building;
    private @Nullable SslContext built;

    LateContext(Supplier<SslContext> building) {
        this.building = building;
    }

    @Override
    public synchronized SslContext get() {
        SslContext there = built;
        if (there == null) {
            there = building.get();
            built = there;
        }
        return there;
    }
}

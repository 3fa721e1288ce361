package io.toomai.wire;

import java.time.Duration;

/// Where and how to connect. `connectTimeout` bounds each attempt to connect and every single wait
/// for the server until the session is ready; `readTimeout` bounds every wait for it after that.
public record ConnectOptions(
        String host,
        int port,
        Credentials credentials,
        Tls tls,
        Duration connectTimeout,
        Duration readTimeout,
        String applicationName) {
    public ConnectOptions {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
        requireMillis("connectTimeout", connectTimeout);
        requireMillis("readTimeout", readTimeout);
    }

    /// `sslmode` prefer, 10 s to connect, 30 s of silence, application name `toomai`.
    public static ConnectOptions to(String host, int port, Credentials credentials) {
        return new ConnectOptions(
                host,
                port,
                credentials,
                Tls.of(TlsMode.PREFER),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                "toomai");
    }

    public ConnectOptions withTls(Tls other) {
        return new ConnectOptions(
                host, port, credentials, other, connectTimeout, readTimeout, applicationName);
    }

    public ConnectOptions withTimeouts(Duration connect, Duration read) {
        return new ConnectOptions(host, port, credentials, tls, connect, read, applicationName);
    }

    public ConnectOptions withApplicationName(String name) {
        return new ConnectOptions(host, port, credentials, tls, connectTimeout, readTimeout, name);
    }

    String address() {
        return host + ":" + port;
    }

    /// Socket timeouts are whole milliseconds in an int, and 0 would mean forever.
    static void requireMillis(String name, Duration duration) {
        if (duration.compareTo(Duration.ofMillis(1)) < 0
                || duration.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException(
                    name + " must be between 1 ms and 24 days: " + duration);
        }
    }
}

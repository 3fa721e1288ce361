package io.toomai.postgres.os;

import java.nio.file.Path;

/// An open character device, for what Java's channels lack: ioctl(2). Closing it writes nothing.
/// Children do not inherit it. Used by one thread at a time.
public final class DeviceFile implements AutoCloseable {
    private static final int O_WRONLY = 1;
    private static final int O_CLOEXEC = 0x80000;

    private final int descriptor;

    private DeviceFile(int descriptor) {
        this.descriptor = descriptor;
    }

    /// How an attempt to open ended.
    public sealed interface Opening {
        record Opened(DeviceFile device) implements Opening {}

        record Failed(Errno errno) implements Opening {}
    }

    /// Opens it for writing. May take as long as the driver does.
    public static Opening open(Path path) {
        int result = LinuxCalls.open(path.toString(), O_WRONLY | O_CLOEXEC);
        return result >= 0
                ? new Opening.Opened(new DeviceFile(result))
                : new Opening.Failed(new Errno(-result));
    }

    /// ioctl(2); the driver's answer replaces the argument's bytes.
    public Errno control(long request, byte[] argument) {
        return new Errno(LinuxCalls.ioctl(descriptor, request, argument));
    }

    public Errno write(byte value) {
        return new Errno(LinuxCalls.write(descriptor, value));
    }

    @Override
    public void close() {
        LinuxCalls.close(descriptor);
    }
}

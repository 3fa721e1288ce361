package io.toomai.agent.watchdog;

import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import io.toomai.postgres.os.DeviceFile;
import io.toomai.postgres.os.DeviceFile.Opening;
import io.toomai.postgres.os.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The kernel's watchdog interface (linux/watchdog.h, Documentation/watchdog/watchdog-api.rst).
///
/// A process that dies leaves the countdown running; the kernel pets once more when it closes the
/// file of a dead process. Only the magic `V` right before a close stops it.
public final class LinuxWatchdogDevice implements WatchdogDevice {
    private static final Path DEFAULT = Path.of("/dev/watchdog");
    private static final int INFO_SIZE = 40;
    private static final int OPTION_SET_TIMEOUT = 0x0080;
    private static final int OPTION_MAGIC_CLOSE = 0x0100;
    private static final int OPTION_KEEPALIVE = 0x8000;
    private static final int DISABLE_CARD = 1;
    private static final int MOST_SECONDS = 0xFFFF;

    private static final long GET_SUPPORT = Request.READ.number(0, INFO_SIZE);
    private static final long SET_OPTIONS = Request.READ.number(4, Integer.BYTES);
    private static final long KEEPALIVE = Request.READ.number(5, Integer.BYTES);
    private static final long SET_TIMEOUT = Request.READ_WRITE.number(6, Integer.BYTES);
    private static final long GET_TIMEOUT = Request.READ.number(7, Integer.BYTES);

    private Optional<Open> open = Optional.empty();

    private record Open(DeviceFile file, Info info) {}

    private record Info(int options, int firmware, String identity) {
        boolean has(int option) {
            return (options & option) != 0;
        }
    }

    /// How the numbers of ioctl requests are made (asm-generic/ioctl.h); PowerPC differs.
    private enum Request {
        READ,
        READ_WRITE;

        private static final boolean POWER = System.getProperty("os.arch", "").startsWith("ppc");

        long number(int function, int size) {
            long read = 2;
            long write = POWER ? 4 : 1;
            long direction = this == READ ? read : read | write;
            return direction << (POWER ? 29 : 30) | (long) size << 16 | 'W' << 8 | function;
        }
    }

    @Override
    public Optional<String> hindrance(Path device) {
        if (!Files.exists(device)) {
            return Optional.of(cannotOpen(device, Errno.ENOENT));
        }
        return Files.isWritable(device)
                ? Optional.empty()
                : Optional.of(cannotOpen(device, Errno.EACCES));
    }

    @Override
    public Activation activate(Path device, Duration timeout) {
        if (open.isEmpty()) {
            Optional<String> failure = open(device);
            if (failure.isPresent()) {
                return new Activation.Unusable(failure.get());
            }
        }
        Open now = open.orElseThrow();
        Optional<String> failure = setTimeout(now, timeout);
        byte[] counts = new byte[Integer.BYTES];
        Errno read = now.file().control(GET_TIMEOUT, counts);
        if (failure.isEmpty() && read.isError()) {
            failure = Optional.of("Could not get timeout on watchdog device: " + read);
        }
        if (failure.isPresent()) {
            return new Activation.Unusable(
                    switch (disarm(device)) {
                        case Disarming.Disarmed _ -> failure.get();
                        case Disarming.StillRunning(var why) -> failure.get() + ". " + why;
                    });
        }
        return new Activation.Active(
                describe(device, now.info()),
                Duration.ofSeconds(word(counts).getInt()),
                now.info().has(OPTION_MAGIC_CLOSE) ? Stoppable.YES : Stoppable.NO);
    }

    /// Empty when it is open now.
    private Optional<String> open(Path device) {
        return switch (DeviceFile.open(device)) {
            case Opening.Failed(var errno) -> Optional.of(cannotOpen(device, errno));
            case Opening.Opened(var file) -> identify(device, file);
        };
    }

    /// A file that is no watchdog is closed as it was found: nothing is written to it.
    private Optional<String> identify(Path device, DeviceFile file) {
        byte[] bytes = new byte[INFO_SIZE];
        Errno errno = file.control(GET_SUPPORT, bytes);
        if (errno.isError()) {
            file.close();
            return Optional.of(
                    "Could not get information about watchdog device: "
                            + errno
                            + ": '"
                            + device
                            + "' is not a watchdog. Correct watchdog.device");
        }
        ByteBuffer info = word(bytes);
        int options = info.getInt();
        int firmware = info.getInt();
        String identity =
                new String(bytes, 8, INFO_SIZE - 8, StandardCharsets.ISO_8859_1)
                        .replaceAll("\0.*", "");
        open = Optional.of(new Open(file, new Info(options, firmware, identity)));
        return Optional.empty();
    }

    private static Optional<String> setTimeout(Open now, Duration timeout) {
        if (!now.info().has(OPTION_SET_TIMEOUT)) {
            // It counts what it counts; whoever asked judges that. The pet starts the count anew.
            return Optional.of(pet(now))
                    .filter(Errno::isError)
                    .map(errno -> "Could not send watchdog keepalive: " + errno);
        }
        long seconds = timeout.toSeconds();
        if (seconds < 1 || seconds >= MOST_SECONDS) {
            return Optional.of(
                    "Invalid timeout " + seconds + ". Supported values are between 1 and 65535");
        }
        byte[] argument = new byte[Integer.BYTES];
        word(argument).putInt((int) seconds);
        Errno errno = now.file().control(SET_TIMEOUT, argument);
        return errno.isError()
                ? Optional.of("Could not set timeout on watchdog device: " + errno)
                : Optional.empty();
    }

    @Override
    public Petting pet() {
        if (open.isEmpty()) {
            return new Petting.Failed("Watchdog device is closed");
        }
        Errno errno = pet(open.get());
        return errno.isError()
                ? new Petting.Failed("Could not send watchdog keepalive: " + errno)
                : new Petting.Petted();
    }

    private static Errno pet(Open now) {
        return now.info().has(OPTION_KEEPALIVE)
                ? now.file().control(KEEPALIVE, new byte[Integer.BYTES])
                : now.file().write((byte) '1');
    }

    @Override
    public Disarming disarm(Path device) {
        if (open.isEmpty()) {
            Optional<String> failure = open(device);
            if (failure.isPresent()) {
                return new Disarming.StillRunning(failure.get());
            }
        }
        Open now = open.orElseThrow();
        open = Optional.empty();
        try (DeviceFile file = now.file()) {
            // The magic close reports nothing; a driver that must not be stopped says so here.
            byte[] argument = new byte[Integer.BYTES];
            word(argument).putInt(DISABLE_CARD);
            Errno refused = file.control(SET_OPTIONS, argument);
            Errno magic = file.write((byte) 'V');
            if (refused.equals(Errno.EBUSY)) {
                return new Disarming.StillRunning(
                        describe(device, now.info())
                                + " must not be stopped (nowayout): the machine will be reset");
            }
            return magic.isError()
                    ? new Disarming.StillRunning("Error while closing " + device + ": " + magic)
                    : new Disarming.Disarmed();
        }
    }

    private static String describe(Path device, Info info) {
        return info.identity()
                + (info.firmware() == 0 ? "" : " (firmware " + info.firmware() + ")")
                + (device.equals(DEFAULT) ? "" : " at " + device);
    }

    private static String cannotOpen(Path device, Errno errno) {
        String advice =
                switch (errno.number()) {
                    case 2, 6, 19 ->
                            ". Load its driver (softdog, where there is no hardware), or set"
                                    + " watchdog.mode to off";
                    case 1, 13 -> ". Give the agent's user write access to it (a udev rule)";
                    case 16 ->
                            ". Another program holds it (systemd's RuntimeWatchdogSec, watchdogd);"
                                    + " name another device in watchdog.device";
                    default -> "";
                };
        return "Can't open watchdog device: " + errno + ": '" + device + "'" + advice;
    }

    private static ByteBuffer word(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}

package io.toomai.postgres.os;

/// The kernel's answer to a system call: 0 is success.
public record Errno(int number) {
    public static final Errno NONE = new Errno(0);
    public static final Errno EPERM = new Errno(1);
    public static final Errno ENOENT = new Errno(2);
    public static final Errno EIO = new Errno(5);
    public static final Errno ENXIO = new Errno(6);
    public static final Errno EACCES = new Errno(13);
    public static final Errno EBUSY = new Errno(16);
    public static final Errno ENODEV = new Errno(19);
    public static final Errno EINVAL = new Errno(22);
    public static final Errno ENOTTY = new Errno(25);
    public static final Errno EOPNOTSUPP = new Errno(95);

    public boolean isError() {
        return number != 0;
    }

    /// As `strerror(3)` and Patroni's log print it.
    @Override
    public String toString() {
        String text =
                switch (number) {
                    case 0 -> "Success";
                    case 1 -> "Operation not permitted";
                    case 2 -> "No such file or directory";
                    case 5 -> "Input/output error";
                    case 6 -> "No such device or address";
                    case 13 -> "Permission denied";
                    case 16 -> "Device or resource busy";
                    case 19 -> "No such device";
                    case 21 -> "Is a directory";
                    case 22 -> "Invalid argument";
                    case 25 -> "Inappropriate ioctl for device";
                    case 95 -> "Operation not supported";
                    default -> "system error";
                };
        return "[Errno " + number + "] " + text;
    }
}

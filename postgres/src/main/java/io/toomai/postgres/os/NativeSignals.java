package io.toomai.postgres.os;

/// Signals by `kill(2)`: no child process, microseconds.
public final class NativeSignals implements Signals {
    private static final int EPERM = 1;
    private static final int ESRCH = 3;

    @Override
    public Delivery send(long pid, Signal signal) {
        if (pid <= 1) {
            // 0, -1 and negative numbers mean groups of processes to kill(2).
            throw new IllegalArgumentException("not a process to signal: " + pid);
        }
        int errno = LinuxCalls.kill(Math.toIntExact(pid), signal.number());
        return switch (errno) {
            case 0 -> Delivery.SENT;
            case ESRCH -> Delivery.NO_SUCH_PROCESS;
            case EPERM -> Delivery.NOT_PERMITTED;
            default -> throw new IllegalStateException("kill(2) failed with errno " + errno);
        };
    }
}

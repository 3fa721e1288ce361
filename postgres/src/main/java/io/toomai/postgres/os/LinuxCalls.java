package io.toomai.postgres.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system calls that Java lacks, by the foreign-function API. Linux only; start the JVM with
/// `--enable-native-access` to keep it quiet.
@SuppressWarnings("restricted") // the one place where native functions are bound
final class LinuxCalls {
    static final int EINTR = 4;
    static final int ECHILD = 10;
    private static final int PIDFD_OPEN = 434; // the same number on every architecture
    private static final short POLLIN = 1;
    private static final int WNOHANG = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

    private static final MethodHandle KILL =
            bind("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), CAPTURE);
    private static final MethodHandle POLL =
            bind("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), CAPTURE);
    private static final MethodHandle WAITPID =
            bind("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), CAPTURE);
    private static final MethodHandle CLOSE =
            bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle SYSCALL =
            bind(
                    "syscall",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    CAPTURE,
                    Linker.Option.firstVariadicArg(1));

    private static final MethodHandle OPEN =
            bind(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    CAPTURE,
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle IOCTL =
            bind(
                    "ioctl",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                    CAPTURE,
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle WRITE =
            bind("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG), CAPTURE);

    private static final MethodHandle SOCKET =
            bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), CAPTURE);
    private static final MethodHandle SENDTO =
            bind(
                    "sendto",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
                    CAPTURE);

    private LinuxCalls() {}

    private static MethodHandle bind(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /// Bound apart: only one program of ours wants them.
    private static final class Quit {
        static final MethodHandle SIGNAL =
                bind("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
        static final MemorySegment EXIT = LINKER.defaultLookup().findOrThrow("_exit");
    }

    /// From now on that signal ends the process at once, with the signal's number as its status.
    static void exitOn(int signal) {
        try {
            MemorySegment before = (MemorySegment) Quit.SIGNAL.invokeExact(signal, Quit.EXIT);
            if (before.address() == -1) {
                throw new IllegalStateException("signal(2) refuses signal " + signal);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw impossible("signal", e);
        }
    }

    /// 0 or errno.
    static int kill(int pid, int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) KILL.invokeExact(state, pid, signal);
            return result == 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw impossible("kill", e);
        }
    }

    /// A descriptor of the process, or the negative errno.
    static int pidfdOpen(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = (long) SYSCALL.invokeExact(state, (long) PIDFD_OPEN, pid, 0L);
            return result >= 0 ? Math.toIntExact(result) : -errno(state);
        } catch (Throwable e) {
            throw impossible("pidfd_open", e);
        }
    }

    /// 1 = readable, 0 = the time is over, negative = errno. A pidfd is readable once its process
    /// is dead, reaped or not.
    static int pollReadable(int descriptor, int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment pollfd = arena.allocate(8, 4);
            pollfd.set(JAVA_INT, 0, descriptor);
            pollfd.set(JAVA_SHORT, 4, POLLIN);
            int result = (int) POLL.invokeExact(state, pollfd, 1L, timeoutMillis);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable e) {
            throw impossible("poll", e);
        }
    }

    /// A descriptor, or the negative errno.
    static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable e) {
            throw impossible("open", e);
        }
    }

    /// 0 or errno. The bytes are handed over and replaced by what the driver made of them.
    static int ioctl(int descriptor, long request, byte[] argument) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment buffer = arena.allocate(argument.length, 8);
            MemorySegment.copy(argument, 0, buffer, JAVA_BYTE, 0, argument.length);
            int result = (int) IOCTL.invokeExact(state, descriptor, request, buffer);
            MemorySegment.copy(buffer, JAVA_BYTE, 0, argument, 0, argument.length);
            return result >= 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw impossible("ioctl", e);
        }
    }

    /// 0 or errno.
    static int write(int descriptor, byte value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment buffer = arena.allocateFrom(JAVA_BYTE, value);
            long result = (long) WRITE.invokeExact(state, descriptor, buffer, 1L);
            return result >= 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw impossible("write", e);
        }
    }

    /// A descriptor, or the negative errno.
    static int socket(int family, int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) SOCKET.invokeExact(state, family, type, 0);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable e) {
            throw impossible("socket", e);
        }
    }

    /// 0 or errno.
    ///
    /// @param address a whole `sockaddr`
    static int sendTo(int descriptor, byte[] message, int flags, byte[] address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result =
                    (long)
                            SENDTO.invokeExact(
                                    state,
                                    descriptor,
                                    arena.allocateFrom(JAVA_BYTE, message),
                                    (long) message.length,
                                    flags,
                                    arena.allocateFrom(JAVA_BYTE, address),
                                    address.length);
            return result >= 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw impossible("sendto", e);
        }
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw impossible("close", e);
        }
    }

    /// Takes the exit status of a dead child; the pid when that was done, 0 when it still lives,
    /// negative = errno.
    static int reap(int pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment status = arena.allocate(JAVA_INT);
            int result = (int) WAITPID.invokeExact(state, pid, status, WNOHANG);
            return result >= 0 ? result : -errno(state);
        } catch (Throwable e) {
            throw impossible("waitpid", e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static IllegalStateException impossible(String call, Throwable cause) {
        return new IllegalStateException(call + " could not be called", cause);
    }
}

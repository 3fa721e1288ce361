package io.toomai.postgres.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    /// Starts a shell whose child dies but is not reaped by it; gives the child's number.
    private static long zombieOf(Process parent) throws Exception {
        return Long.parseLong(parent.inputReader().readLine());
    }

    private static Process parentOfZombie() throws Exception {
        // exec: sleep inherits the child of the shell and never waits for it.
        return new ProcessBuilder("/bin/sh", "-c", "sleep 0.2 & echo $!; exec sleep 60").start();
    }

    @Test
    void aZombieIsDeadAtOnce() throws Exception {
        Process parent = parentOfZombie();
        try {
            long pid = zombieOf(parent);
            CountDownLatch dead = new CountDownLatch(1);
            ProcessExit.Watch watch = ProcessExit.await(pid, dead::countDown);
            assertThat(dead.await(20, TimeUnit.SECONDS)).isTrue();
            watch.close();
            assertThat(ProcessHandle.of(pid)).isPresent(); // still in the table
            assertThat(ProcessTable.find(pid).orElseThrow().isAlive()).isFalse();
            assertThat(new NativeSignals().send(pid, Signal.TERM)).isEqualTo(Signals.Delivery.SENT);
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }

    @Test
    void signalsArriveAndTheDeadAreTold() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        assertThat(ProcessExit.waitFor(process.pid(), Duration.ofMillis(20))).isFalse();
        assertThat(new NativeSignals().send(process.pid(), Signal.KILL))
                .isEqualTo(Signals.Delivery.SENT);
        assertThat(ProcessExit.waitFor(process.pid(), Duration.ofSeconds(10))).isTrue();
        process.waitFor();
        assertThat(new NativeSignals().send(process.pid(), Signal.KILL))
                .isEqualTo(Signals.Delivery.NO_SUCH_PROCESS);
    }

    @Test
    void namesWithParenthesesAreRead() {
        var entry =
                ProcessTable.parseStat(
                                "7 (a) b (c) Z 3 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0")
                        .orElseThrow();
        assertThat(entry)
                .isEqualTo(new ProcessTable.Entry(7, 3, "a) b (c", ProcessTable.State.DEAD, 4711));
    }

    @Test
    void programsAreBoundedAndTheirOutputIsKept() {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        Program.Result result =
                ChildProcess.run(
                        Program.of(
                                        List.of("/bin/sh", "-c", "echo out; echo err >&2; exit 3"),
                                        Duration.ofSeconds(20))
                                .onLine(lines::add));
        assertThat(result).isEqualTo(new Program.Result(Program.End.EXITED, 3, "out\n", "err\n"));
        assertThat(lines).containsExactlyInAnyOrder("out", "err");
        assertThat(result.explanation()).isEqualTo("exit status 3: err");
        Program.Result late =
                ChildProcess.run(
                        Program.of(
                                List.of("/bin/sh", "-c", "sleep 60 & sleep 60"),
                                Duration.ofMillis(100)));
        assertThat(late.end()).isEqualTo(Program.End.TIMED_OUT);
    }

    @Test
    void theReaperLeavesWhatTheJvmStarted() throws Exception {
        Reaper reaper = new Reaper(() -> new MonoTime(System.nanoTime()));
        Process process = new ProcessBuilder("/bin/sh", "-c", "exit 5").start();
        reaper.sweep();
        assertThat(process.waitFor()).isEqualTo(5);
        assertThat(reaper.sweep()).isZero();
    }
}

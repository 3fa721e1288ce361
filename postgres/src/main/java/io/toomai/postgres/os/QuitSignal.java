package io.toomai.postgres.os;

/// SIGQUIT, which the JVM keeps for itself: it shows its threads on it. Where an operator expects
/// that it ends the process at once, it can be made to.
public final class QuitSignal {
    private static final int SIGQUIT = 3;

    private QuitSignal() {}

    /// From now on it ends this process without another word, with status 3.
    public static void endsTheProcess() {
        LinuxCalls.exitOn(SIGQUIT);
    }
}

package io.toomai.agent;

import io.toomai.agent.loop.HaLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/// The process that `dev/bench members` measures: starts an etcd and a [Crowd], and tells on its
/// standard output, one line each: `etcd PID PORT` first; `member NAME PORT` with the port of its
/// REST API for each member that is started; `cycle NAME leader|other MILLISECONDS RULE` whenever
/// one has finished a cycle. Runs until its standard input ends.
final class CrowdMain {
    private CrowdMain() {}

    /// @param arguments how many members, how many of them hear the others, the dynamic
    ///   configuration, an empty folder
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int members = Integer.parseInt(arguments[0]);
        int hearing = Integer.parseInt(arguments[1]);
        Path folder = Path.of(arguments[3]);
        try (OneEtcd etcd = OneEtcd.start(folder);
                Crowd crowd = new Crowd(new Crowd.Plan(etcd, arguments[2], folder))) {
            say("etcd " + etcd.process().pid() + " " + etcd.port());
            crowd.keepLogs();
            // Alone it leads; then the others come.
            CountDownLatch led = new CountDownLatch(1);
            for (int i = 0; i < members; i++) {
                Agent.Ears ears = i < hearing ? Agent.Ears.OPEN : Agent.Ears.CLOSED;
                Crowd.Member member = crowd.add(ears, cycle -> tell(cycle, led));
                say("member " + member.name() + " " + member.restPort());
                led.await();
            }
            while (System.in.read() >= 0) {
                // Whoever started us says nothing; he goes away.
            }
        }
    }

    private static void tell(HaLoop.Cycle cycle, CountDownLatch led) {
        boolean leads = cycle.view().leads();
        say(
                String.format(
                        Locale.ROOT,
                        "cycle %s %s %.3f %d",
                        cycle.view().me(),
                        leads ? "leader" : "other",
                        cycle.took().toNanos() / 1e6,
                        cycle.decision().rule().number()));
        if (leads) {
            led.countDown();
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }
}

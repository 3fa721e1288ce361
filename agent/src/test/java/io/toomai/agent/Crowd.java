package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.agent.loop.HaLoop;
import io.toomai.core.FreePorts;
import io.toomai.core.ha.Command;
import io.toomai.core.model.MemberName;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Many members of one cluster in one process: whole agents with everything that belongs to them,
/// REST, heartbeats, lease guards and their own connections to one real etcd, each with a
/// [SimulatedServer] in the place of PostgreSQL. One of them makes the cluster, the others copy it,
/// as real ones do.
///
/// Between all of a hundred there would be 9,900 streams of heartbeats and 41,000 heartbeats a
/// second, the work of a hundred machines. So only the members that are wanted as leaders hear the
/// others, all of them; the rest is deaf, and tells its heartbeats as ever.
final class Crowd implements AutoCloseable {
    private static final Duration TO_END = Duration.ofSeconds(60);

    private final Plan plan;
    private final SimulatedWal wal = new SimulatedWal();
    private final List<Resident> residents = new ArrayList<>();

    /// What the members have in common.
    ///
    /// @param dynamic JSON of the dynamic configuration
    /// @param folder for everything that they write
    record Plan(OneEtcd etcd, String dynamic, Path folder) {}

    /// Where one of them is.
    record Member(MemberName name, int restPort) {}

    /// One of them and the thread that it runs on.
    private record Resident(Member member, Agent agent, SimulatedServer server, Thread thread) {
        MemberName name() {
            return member.name();
        }
    }

    Crowd(Plan plan) {
        this.plan = plan;
    }

    /// Starts one more.
    ///
    /// @param audience told of each of its cycles, on its thread
    Member add(Agent.Ears ears, Consumer<HaLoop.Cycle> audience) {
        String name = "m%03d".formatted(residents.size() + 1);
        int restPort = FreePorts.next();
        Settings settings = settings(name, restPort, FreePorts.next());
        Agent agent = new Agent(plan.folder(), Map.of(), settings);
        SimulatedServer server = new SimulatedServer(wal, settings);
        Thread thread =
                Thread.ofPlatform()
                        .name("agent-" + name)
                        .daemon()
                        .start(() -> run(agent, server, ears, audience));
        Member member = new Member(settings.name(), restPort);
        residents.add(new Resident(member, agent, server, thread));
        return member;
    }

    private static void run(
            Agent agent, SimulatedServer server, Agent.Ears ears, Consumer<HaLoop.Cycle> audience) {
        try {
            Command.EndAgent end = agent.run(server, ears, audience);
            if (end.status() == Command.ExitStatus.FATAL) {
                throw new IllegalStateException(end.why());
            }
        } catch (IOException e) {
            throw new IllegalStateException("the agent's own files cannot be used", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Settings settings(String name, int restPort, int port) {
        Path own = plan.folder().resolve(name);
        String text =
                """
                scope: crowd
                name: %s
                log: {dir: '%s', level: WARNING, loggers: {ha: INFO}}
                restapi: {listen: '127.0.0.1:%d'}
                bootstrap: {dcs: %s}
                etcd3: {hosts: '127.0.0.1:%d'}
                postgresql:
                  listen: '127.0.0.1:%d'
                  data_dir: '%s/data'
                  authentication:
                    superuser: {username: postgres, password: p}
                    replication: {username: replicator, password: p}
                watchdog: {mode: 'off'}
                toomai: {data_dir: '%s'}
                """
                        .formatted(
                                name,
                                plan.folder(),
                                restPort,
                                plan.dynamic(),
                                plan.etcd().port(),
                                port,
                                own,
                                own);
        if (SettingsFile.parse(text, name, Map.of())
                instanceof LoadResult.Loaded(var settings, _)) {
            return settings;
        }
        throw new IllegalStateException("not valid: " + text);
    }

    /// From now on this process logs to the members' folder.
    void keepLogs() {
        LogSetup.apply(settings("nobody", 1, 1).log());
    }

    /// Who runs as primary at this moment.
    List<MemberName> primaries() {
        return residents.stream().filter(r -> r.server().isPrimary()).map(Resident::name).toList();
    }

    /// Tells one to stop, as a service manager does, and waits until it has.
    void stop(MemberName name) {
        resident(name).agent().stop();
    }

    private Resident resident(MemberName name) {
        return residents.stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
    }

    /// Ends all at once; nobody hands anything over.
    @Override
    public void close() {
        residents.forEach(r -> r.thread().interrupt());
        for (Resident resident : residents) {
            try {
                boolean ended = resident.thread().join(TO_END);
                if (!ended) {
                    throw new IllegalStateException(resident.name() + " does not end");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

package io.toomai.dcs.embedded;

import static org.awaitility.Awaitility.await;

import io.toomai.core.model.Secret;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Clients;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.settings.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A member of an embedded store in a process of its own, as in life: whether a password is asked
/// for holds for a whole process. It ends with [#close], or with the process that started it.
final class VoterProcess implements AutoCloseable {
    private static final String SERVING = "serving";

    private final Process process;
    private final Path output;

    private VoterProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static VoterProcess start(EmbeddedStoreSettings settings) throws IOException {
        Clients clients = settings.clients();
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                VoterProcess.class.getName(),
                                String.valueOf(settings.myId()),
                                settings.dataDir().toString(),
                                clients.listen().toString(),
                                clients.own().toString(),
                                clients.password().map(Secret::reveal).orElse("")));
        for (Voter voter : settings.voters()) {
            command.add(
                    "%d:%d:%d:%d"
                            .formatted(
                                    voter.id(),
                                    voter.peerPort(),
                                    voter.electionPort(),
                                    voter.clientPort()));
        }
        Path output = Files.createTempFile(settings.dataDir().getParent(), "voter", ".log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        return new VoterProcess(process, output);
    }

    VoterProcess serving() {
        await().atMost(TestStores.LONG).until(() -> Files.readString(output).contains(SERVING));
        return this;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().onExit().join();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    /// Runs until nobody holds its standard input any more.
    public static void main(String[] arguments) throws IOException {
        List<Voter> voters =
                Arrays.stream(arguments)
                        .skip(5)
                        .map(text -> text.split(":", -1))
                        .map(part ->
                                new Voter(
                                        Integer.parseInt(part[0]),
                                        "127.0.0.1",
                                        Integer.parseInt(part[1]),
                                        Integer.parseInt(part[2]),
                                        Integer.parseInt(part[3])))
                        .toList();
        Clients clients =
                new Clients(
                        HostPort.parse(arguments[2]),
                        HostPort.parse(arguments[3]),
                        Optional.of(arguments[4]).filter(p -> !p.isEmpty()).map(Secret::new));
        EmbeddedStoreSettings settings =
                new EmbeddedStoreSettings(
                        Integer.parseInt(arguments[0]),
                        Path.of(arguments[1]),
                        voters,
                        List.of(),
                        Timing.DEFAULT,
                        Optional.empty(),
                        clients);
        try (EmbeddedStore store = EmbeddedStore.start(settings)) {
            store.onServing(() -> System.out.println(SERVING));
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }
}

package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Stories of one node, pg1: each line of `stories/*.txt` changes what it sees, `decide` lets it
/// decide, and the lines with `>` say what it decided. `-Dtoomai.stories=write` writes those lines
/// anew, to be reviewed as a diff.
class StoryTest {
    private static final Path STORIES = Path.of("src/test/resources/stories");

    static List<Path> stories() throws IOException {
        try (Stream<Path> files = Files.list(STORIES)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("stories")
    void theStoryIsToldAsWritten(Path file) throws IOException {
        List<String> written = Files.readAllLines(file);
        List<String> told = tell(written);
        if ("write".equals(System.getProperty("toomai.stories"))) {
            Files.write(file, told);
        } else {
            assertThat(told).isEqualTo(written);
        }
    }

    private static List<String> tell(List<String> written) {
        Scene scene = new Scene();
        List<String> told = new ArrayList<>();
        for (String line : written) {
            if (line.startsWith(">")) {
                continue;
            }
            told.add(line);
            if (line.equals("decide")) {
                Decision decision = scene.decide();
                scene.memory = decision.memory();
                told.add(
                        "> "
                                + decision.rule().number()
                                + " "
                                + decision.rule()
                                + ": "
                                + decision.reason());
                decision.commands().forEach(c -> told.add(">   " + c));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                apply(scene, line.split(" +"));
            }
        }
        return told;
    }

    private static void apply(Scene scene, String[] words) {
        String what = words[1];
        switch (words[0]) {
            case "mode" -> mode(scene, what);
            case "leader" -> leader(scene, what);
            case "postgres" -> scene.runs(postgres(words));
            case "sync" -> scene.sync(what, Arrays.copyOfRange(words, 2, words.length));
            case "published" -> scene.published = new Lsn(Long.parseLong(what));
            case "member" -> {
                if (words[2].equals("gone")) {
                    scene.members.remove(what);
                } else {
                    scene.member(
                            what,
                            MemberRole.valueOf(words[2].toUpperCase(Locale.ROOT)),
                            Integer.parseInt(words[3]));
                }
            }
            case "peer" -> {
                if (words[2].equals("silent")) {
                    scene.peers.put(
                            what, new PeerStatus.Unreachable(new MemberName(what), "no answer"));
                } else {
                    scene.peer(
                            what,
                            PeerStatus.Standing.valueOf(words[2].toUpperCase(Locale.ROOT)),
                            Long.parseLong(words[3]));
                }
            }
            case "failover" ->
                    scene.failover =
                            what.equals("none")
                                    ? Optional.empty()
                                    : Optional.of(
                                            new FailoverRequest(
                                                    name(what), name(words[2]), Optional.empty()));
            case "history" ->
                    scene.history = Scene.history(Integer.parseInt(what), Long.parseLong(words[2]));
            case "initialize" ->
                    scene.initialize =
                            switch (what) {
                                case "never" -> new Initialize.Never();
                                case "begun" -> new Initialize.InProgress();
                                default -> new Initialize.Done(Scene.SYSTEM);
                            };
            case "store" -> scene.storeAnswers = what.equals("answers");
            case "lease" -> scene.lease = new Lease.NotHeld();
            case "task" -> task(scene, LongTask.Kind.valueOf(what.toUpperCase(Locale.ROOT)), words);
            case "after" -> scene.now = scene.now.plus(Duration.parse("PT" + what));
            default ->
                    throw new IllegalArgumentException("no such line: " + String.join(" ", words));
        }
    }

    private static Optional<MemberName> name(String word) {
        return word.equals("-") ? Optional.empty() : Optional.of(new MemberName(word));
    }

    private static void mode(Scene scene, String what) {
        switch (what) {
            case "synchronous" -> scene.synchronous = HaSettings.SynchronousMode.ON;
            case "stop-timeout" ->
                    scene.limits =
                            new HaSettings.PrimaryLimits(
                                    Optional.empty(),
                                    Optional.of(Duration.ofSeconds(5)),
                                    scene.limits.crashLimit(),
                                    scene.limits.raceBackoff());
            case "race-backoff" ->
                    scene.limits =
                            new HaSettings.PrimaryLimits(
                                    scene.limits.startTimeout(),
                                    scene.limits.stopTimeout(),
                                    scene.limits.crashLimit(),
                                    Duration.ofSeconds(25));
            case "strict" -> scene.strictness = HaSettings.SynchronousStrictness.STRICT;
            case "pre-promote" -> scene.prePromote = HaSettings.Script.CONFIGURED;
            case "paused" -> scene.pause = HaSettings.Maintenance.PAUSED;
            case "resumed" -> scene.pause = HaSettings.Maintenance.OFF;
            default -> throw new IllegalArgumentException("no such mode: " + what);
        }
    }

    private static void leader(Scene scene, String what) {
        switch (what) {
            case "me" -> scene.iLead();
            case "none" -> scene.nobodyLeads();
            case "earlier-me" ->
                    scene.leader =
                            new LeaderKey.HeldBy(Scene.ME, 1, LeaderKey.Ownership.ANOTHER_PROCESS);
            default -> scene.leads(what);
        }
    }

    private static LocalPostgres postgres(String[] words) {
        return switch (words[1]) {
            case "empty" -> new LocalPostgres.NoDataDirectory();
            case "standby" -> Scene.standby(Long.parseLong(words[2]), Integer.parseInt(words[3]));
            case "stopped" ->
                    Scene.stopped(
                            ControlFacts.State.valueOf(words[2].toUpperCase(Locale.ROOT)),
                            Integer.parseInt(words[3]));
            case "primary" ->
                    Scene.primary(
                            Integer.parseInt(words[2]),
                            words.length > 3 ? words[3].replace("none", "") : "",
                            Arrays.stream(words)
                                    .skip(4)
                                    .map(StoryTest::sender)
                                    .toArray(WalSender[]::new));
            default -> throw new IllegalArgumentException("no such server: " + words[1]);
        };
    }

    /// `name/sync-state/position`.
    private static WalSender sender(String word) {
        List<String> parts = Arrays.stream(word.split("/", -1)).collect(Collectors.toList());
        return Scene.sender(parts.get(0), parts.get(1), Long.parseLong(parts.get(2)));
    }

    private static void task(Scene scene, LongTask.Kind kind, String[] words) {
        scene.task =
                switch (words[2]) {
                    case "runs" -> new LongTask.Running(kind, scene.now, "");
                    case "succeeded" ->
                            new LongTask.Idle(new LongTask.Outcome.Succeeded(kind, scene.now));
                    default ->
                            new LongTask.Idle(
                                    new LongTask.Outcome.Failed(kind, scene.now, "told so"));
                };
    }
}

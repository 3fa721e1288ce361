package io.toomai.agent.journal;

import io.toomai.agent.loop.Outcome;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaView;
import io.toomai.settings.json.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells what was decided: one sentence per cycle in the log, and the latest whole views in a file
/// from which each decision can be made again (`views.jsonl`, one JSON object per line, readable by
/// its owner only). Writing the file happens on a thread of its own and never holds up a cycle;
/// what does not fit into its queue is left out.
public final class Journal implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger("ha");
    private static final int QUEUE = 64;

    private final Path file;
    private final int keptViews;
    private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUE);
    private final ArrayDeque<String> recent = new ArrayDeque<>();
    private final Thread writer;
    private long cycle;
    private String lastReason = "";

    /// @param keptViews at least this many views stay in the file
    public Journal(Path directory, int keptViews) {
        this.file = directory.resolve("views.jsonl");
        this.keptViews = keptViews;
        this.writer = Thread.ofPlatform().name("journal").daemon().start(this::write);
    }

    /// Records one cycle. Called by the loop's thread.
    public void record(HaView view, Decision decision, List<Outcome> outcomes) {
        cycle++;
        String line = line(decision, outcomes);
        boolean failed = outcomes.stream().anyMatch(o -> !(o instanceof Outcome.Done));
        if (failed) {
            log.warn("{}", line);
        } else {
            log.info("{}", line);
        }
        boolean news =
                decision.commands().stream().anyMatch(Journal::isNews)
                        || !decision.reason().equals(lastReason);
        lastReason = decision.reason();
        synchronized (recent) {
            recent.addLast(Instant.now() + " " + line); // style: for readers
            while (recent.size() > keptViews) {
                recent.removeFirst();
            }
        }
        if (news) {
            Json entry =
                    Json.object()
                            .put("at", Instant.now().toString()) // style: for readers
                            .put("cycle", cycle)
                            .put("rule", decision.rule().number())
                            .put("decision", line)
                            .put("view", ViewJson.write(view))
                            .done();
            // A full queue means a slow disk: then the newest view is left out, not the loop held.
            boolean queued = queue.offer(entry.compact());
            if (!queued) {
                log.debug("the journal's file is behind; a view was left out");
            }
        }
    }

    /// Slots that follow their clients would push everything else out of the file.
    private static boolean isNews(Command command) {
        return !(command instanceof Command.EnsureSlots(var plan) && plan.onlyFollows());
    }

    private String line(Decision decision, List<Outcome> outcomes) {
        StringBuilder line = new StringBuilder(decision.reason());
        line.append(" rule=").append(decision.rule().number()).append(" cycle=").append(cycle);
        List<Outcome> told =
                outcomes.stream()
                        .filter(o -> !(o instanceof Outcome.Done) || isNews(o.command()))
                        .toList();
        if (!told.isEmpty()) {
            line.append(
                    told.stream()
                            .map(o -> o.command().getClass().getSimpleName() + mark(o))
                            .collect(Collectors.joining(",", " commands=", "")));
        }
        for (Outcome outcome : outcomes) {
            switch (outcome) {
                case Outcome.Done _ -> {}
                case Outcome.Refused(_, var why) -> line.append(" refused: ").append(why);
                case Outcome.Failed(_, var why) -> line.append(" failed: ").append(why);
            }
        }
        return line.toString();
    }

    private static String mark(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done _ -> "";
            case Outcome.Refused _ -> "(refused)";
            case Outcome.Failed _ -> "(failed)";
        };
    }

    /// The latest decisions, newest last.
    public List<String> recent(int limit) {
        synchronized (recent) {
            List<String> all = new ArrayList<>(recent);
            return all.subList(Math.max(0, all.size() - limit), all.size());
        }
    }

    private void write() {
        int lines = 0;
        try {
            while (true) {
                String entry = queue.take();
                try {
                    lines = append(entry, lines);
                } catch (IOException e) {
                    log.warn("the journal's file {} could not be written: {}", file, e.toString());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Two files of `keptViews` lines each: the older one goes when the newer is full.
    private int append(String entry, int lines) throws IOException {
        int count = lines;
        if (count == 0 || count >= keptViews) {
            if (Files.exists(file)) {
                Files.move(
                        file,
                        file.resolveSibling("views.1.jsonl"),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            count = 0;
        }
        try (BufferedWriter out =
                Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
            out.write(entry);
            out.write('\n');
        }
        return count + 1;
    }

    @Override
    public void close() {
        writer.interrupt();
    }
}

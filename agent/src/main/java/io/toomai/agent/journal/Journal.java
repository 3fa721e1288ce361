package io.toomai.agent.journal;

import io.toomai.agent.loop.Outcome;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Rule;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private static final long CALM_SECONDS = 1;
    private static final long CLOSE_SECONDS = 5;

    private final Path file;
    private final int keptViews;
    private final BlockingQueue<Seen> queue = new ArrayBlockingQueue<>(QUEUE);
    private final ArrayDeque<String> recent = new ArrayDeque<>();
    private final AtomicBoolean isWritingDue = new AtomicBoolean();
    private final ScheduledExecutorService writer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("journal").daemon().factory());

    private long cycle;
    private String lastReason = "";

    /// Of the newer file; belongs to the writer.
    private int lines;

    /// What a cycle saw and what became of it.
    private record Seen(Instant at, long cycle, Rule rule, String line, HaView view) {
        String entry() {
            return Json.object()
                    .put("at", at.toString())
                    .put("cycle", cycle)
                    .put("rule", rule.number())
                    .put("decision", line)
                    .put("view", ViewJson.write(view))
                    .done()
                    .compact();
        }
    }

    /// @param keptViews at least this many views stay in the file
    public Journal(Path directory, int keptViews) {
        this.file = directory.resolve("views.jsonl");
        this.keptViews = keptViews;
    }

    /// Records one cycle. Called by the loop's thread.
    @SuppressWarnings("FutureReturnValueIgnored") // writing tells of its failures itself
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
        Instant now = Instant.now(); // style: for readers
        synchronized (recent) {
            recent.addLast(now + " " + line);
            while (recent.size() > keptViews) {
                recent.removeFirst();
            }
        }
        // A full queue means a slow disk: then the newest view is left out, not the loop held.
        if (news && !queue.offer(new Seen(now, cycle, decision.rule(), line, view))) {
            log.debug("the journal's file is behind; a view was left out");
        }
        if (news && isWritingDue.compareAndSet(false, true)) {
            writer.schedule(this::write, CALM_SECONDS, TimeUnit.SECONDS);
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
        isWritingDue.set(false);
        for (Seen seen = queue.poll(); seen != null; seen = queue.poll()) {
            try {
                append(seen.entry());
            } catch (IOException | RuntimeException e) {
                log.warn("the journal's file {} could not be written: {}", file, e.toString());
            }
        }
    }

    /// Two files of `keptViews` lines each: the older one goes when the newer is full.
    private void append(String entry) throws IOException {
        if (lines == 0 || lines >= keptViews) {
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
            lines = 0;
        }
        try (BufferedWriter out =
                Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
            out.write(entry);
            out.write('\n');
        }
        lines++;
    }

    /// What waits is written first, at once.
    @Override
    public void close() {
        try {
            writer.submit(this::write).get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.warn("the journal's file {} could not be finished: {}", file, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.shutdownNow();
    }
}

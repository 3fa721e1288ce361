package io.toomai.agent.loop;

import io.toomai.core.ha.Decision;
import io.toomai.core.ha.Wish;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/// Where an operator's wish waits for the loop, and where he waits for the loop's answer. One wish
/// at a time; stopping outranks all.
public final class WishBox {
    private final Wakeup wakeup;
    private Wish wish = new Wish.Nothing();
    private CompletableFuture<Answer> answer = new CompletableFuture<>();
    private long presented;
    private boolean stopping;

    public WishBox(Wakeup wakeup) {
        this.wakeup = wakeup;
    }

    /// What the loop decided about a wish, and how the first steps went.
    public record Answer(Decision decision, List<Outcome> outcomes) {}

    /// How presenting a wish ended.
    public sealed interface Reply {
        record Decided(Answer answer) implements Reply {}

        /// Another wish is being dealt with.
        record Occupied() implements Reply {}

        /// The loop did not come to it in time.
        record NoAnswer() implements Reply {}
    }

    /// Presents a wish and waits until a cycle has decided about it.
    public Reply present(Wish asked, Duration patience) {
        CompletableFuture<Answer> mine;
        long ticket;
        synchronized (this) {
            if (stopping || !(wish instanceof Wish.Nothing)) {
                return new Reply.Occupied();
            }
            wish = asked;
            answer = new CompletableFuture<>();
            mine = answer;
            ticket = ++presented;
        }
        wakeup.knock();
        try {
            return new Reply.Decided(
                    mine.get(patience.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS));
        } catch (TimeoutException | ExecutionException e) {
            withdraw(ticket);
            return new Reply.NoAnswer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            withdraw(ticket);
            return new Reply.NoAnswer();
        }
    }

    private synchronized void withdraw(long ticket) {
        if (presented == ticket && !stopping) {
            wish = new Wish.Nothing();
        }
    }

    /// Asks the agent to stop; cannot be withdrawn.
    public void stop() {
        synchronized (this) {
            stopping = true;
            wish = new Wish.ShutDown();
        }
        wakeup.knock();
    }

    synchronized Wish current() {
        return wish;
    }

    /// The loop has decided a view that carried `seen`.
    void decided(Wish seen, Answer given) {
        Optional<CompletableFuture<Answer>> waiting = Optional.empty();
        synchronized (this) {
            if (seen.equals(wish) && !(seen instanceof Wish.Nothing) && !stopping) {
                wish = new Wish.Nothing();
                waiting = Optional.of(answer);
            }
        }
        waiting.ifPresent(w -> w.complete(given));
    }
}

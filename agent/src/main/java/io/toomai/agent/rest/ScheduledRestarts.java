package io.toomai.agent.rest;

import io.toomai.api.Node;
import io.toomai.api.RestartRequest;
import io.toomai.api.ScheduledRestart;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out a scheduled restart when its time has come. Looked at after each cycle, so it is at
/// most `loop_wait` late.
public final class ScheduledRestarts {
    private static final Logger log = LoggerFactory.getLogger(ScheduledRestarts.class);

    private final StatusBoard board;
    private final Node node;

    public ScheduledRestarts(StatusBoard board, Node node) {
        this.board = board;
        this.node = node;
    }

    /// Starts the restart beside the loop if it is due.
    public void look() {
        Optional<ScheduledRestart> due =
                // style: an operator made the appointment by it
                board.scheduledRestart().filter(r -> !Instant.now().isBefore(r.at().toInstant()));
        if (due.isPresent()) {
            board.schedule(Optional.empty());
            RestartRequest request = due.get().request();
            Thread.ofVirtual()
                    .name("scheduled-restart")
                    .start(() -> log.info("scheduled restart: {}", node.restart(request)));
        }
    }
}

package io.toomai.agent.loop;

import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Two agents under one name would take each other's keys for their own, the leader key among them.
/// So before an agent decides anything, whoever stands in the store under its name is asked whether
/// he lives (contract §3.3). For the loop's thread.
final class NameCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final MemberName me;
    private final String ownUrl;
    private final PeerClient peers;
    private State state = State.NOT_YET;

    private enum State {
        NOT_YET,
        DONE
    }

    NameCheck(MemberName me, String ownUrl, PeerClient peers) {
        this.me = me;
        this.ownUrl = ownUrl;
        this.peers = peers;
    }

    /// Looks once, at the first reading that the store answered.
    ///
    /// @return why this agent must end, when somebody else lives under its name
    Optional<Command.EndAgent> look(StoreReading store) {
        if (state == State.DONE || !(store instanceof StoreReading.Answered(var cluster))) {
            return Optional.empty();
        }
        state = State.DONE;
        return cluster.member(me)
                .map(Member::apiUrl)
                .filter(url -> !url.isEmpty() && !url.equals(ownUrl) && lives(url))
                .map(url ->
                        new Command.EndAgent(
                                "there is already a node named '"
                                        + me
                                        + "' running, its REST API is "
                                        + url
                                        + ". Give this one another name, or stop that one first",
                                Command.ExitStatus.FATAL));
    }

    /// Any answer shows that somebody is there.
    private boolean lives(String apiUrl) {
        try {
            URI liveness = URI.create(apiUrl).resolve("/liveness");
            peers.call(HttpCall.status(liveness.toString()), PATIENCE);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}

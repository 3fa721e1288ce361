package io.toomai.agent.loop;

import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.SlotRules;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Two agents under one name would take each other's keys for their own, the leader key among them.
/// Two members whose names make one slot name would share the slot: only one of them could stream,
/// and WAL that the other needs would go. So before an agent decides anything, whoever stands in
/// the store under such a name is asked whether he lives (contract §3.3, §1.3). For the loop's
/// thread.
final class NameCheck {
    private static final Logger log = LoggerFactory.getLogger(NameCheck.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final MemberName me;
    private final String ownUrl;
    private final PeerClient peers;
    private State state = State.NOT_YET;

    /// With whom the slot is shared, as was said last.
    private List<MemberName> sharing = List.of();

    private enum State {
        NOT_YET,
        DONE
    }

    NameCheck(MemberName me, String ownUrl, PeerClient peers) {
        this.me = me;
        this.ownUrl = ownUrl;
        this.peers = peers;
    }

    /// Judges once, at the first reading that the store answered. A shared slot that shows later,
    /// or whose second member runs already, is only logged: a running node goes on.
    ///
    /// @return why this agent must end, when somebody else lives under its name or its slot's
    Optional<Command.EndAgent> look(HaView view) {
        if (!(view.store() instanceof StoreReading.Answered(var cluster))) {
            return Optional.empty();
        }
        List<Member> rivals = rivals(view, cluster);
        Optional<Command.EndAgent> end =
                switch (state) {
                    case DONE -> Optional.empty();
                    case NOT_YET -> nameTaken(cluster).or(() -> slotTaken(view, cluster, rivals));
                };
        state = State.DONE;
        if (end.isEmpty()) {
            warn(rivals);
        }
        return end;
    }

    private Optional<Command.EndAgent> nameTaken(ClusterView cluster) {
        return cluster.member(me)
                .filter(this::livesElsewhere)
                .map(member ->
                        fatal(
                                "there is already a node named '"
                                        + me
                                        + "' running, its REST API is "
                                        + member.apiUrl()
                                        + ". Give this one another name, or stop that one first"));
    }

    /// The other members whose slot has the name of this one's.
    private List<Member> rivals(HaView view, ClusterView cluster) {
        return view.settings().slots().use() == SlotRules.Use.UNUSED
                ? List.of()
                : cluster.members().stream()
                        .filter(m -> !m.name().equals(me))
                        .filter(m -> m.name().slotName().equals(me.slotName()))
                        .toList();
    }

    private Optional<Command.EndAgent> slotTaken(
            HaView view, ClusterView cluster, List<Member> rivals) {
        if (runs(view.postgres()) || cluster.leader().isHeldBy(me)) {
            return Optional.empty();
        }
        return rivals.stream()
                .filter(this::livesElsewhere)
                .findFirst()
                .map(member ->
                        fatal(
                                "'"
                                        + me
                                        + "' and the member '"
                                        + member.name()
                                        + "', whose REST API is "
                                        + member.apiUrl()
                                        + ", would share the replication slot "
                                        + me.slotName()
                                        + ". Nothing was changed; give this one a name that differs"
                                        + " in more than capitals, dashes and dots"));
    }

    private static Command.EndAgent fatal(String why) {
        return new Command.EndAgent(why, Command.ExitStatus.FATAL);
    }

    private static boolean runs(LocalPostgres postgres) {
        return switch (postgres) {
            case LocalPostgres.WithoutData _, LocalPostgres.Stopped _ -> false;
            case LocalPostgres.Starting _,
                    LocalPostgres.Answering _,
                    LocalPostgres.Unresponsive _ ->
                    true;
        };
    }

    private void warn(List<Member> rivals) {
        List<MemberName> names = rivals.stream().map(Member::name).toList();
        if (!names.isEmpty() && !names.equals(sharing)) {
            log.error(
                    "{}: shares the replication slot {} with {}; only one of them can stream. Give"
                            + " all but one another name",
                    me,
                    me.slotName(),
                    names);
        }
        sharing = names;
    }

    private boolean livesElsewhere(Member member) {
        String url = member.apiUrl();
        return !url.isEmpty() && !url.equals(ownUrl) && lives(url);
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

package io.toomai.dcs.embedded;

import io.toomai.dcs.embedded.Answer.Phase;
import io.toomai.dcs.embedded.Answer.Runs;
import io.toomai.dcs.embedded.Answer.Silent;
import io.toomai.dcs.embedded.Answer.Waits;
import io.toomai.dcs.embedded.Membership.Member;
import io.toomai.dcs.embedded.StartRecord.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides how this member starts: as what it was, as a founder of the store, or as one that joins
/// it. Holds the rule that a voter which forgot what it promised does not vote: without data a
/// voter only founds, and only when in one round of questions each listed voter had no data either.
/// Decision 0016 has the argument. One thread.
final class StoreStart {
    private static final Logger LOG = LoggerFactory.getLogger(StoreStart.class);
    private static final Duration ROUND = Duration.ofMillis(500);
    private static final Duration TELL = Duration.ofSeconds(10);

    private final EmbeddedStoreSettings settings;
    private final StoreFiles files;
    private final StartRecord record;
    private final PeerSockets sockets;
    private final Question question;
    private final Patience patience;
    private final String list;
    private long toldAt = System.nanoTime() - TELL.toNanos() + ROUND.toNanos() * 4;

    /// Waiting that ends when the store is closed or somebody decided otherwise.
    interface Patience {
        boolean goesOn();

        void pause(Duration duration);
    }

    StoreStart(
            EmbeddedStoreSettings settings,
            StoreFiles files,
            StartRecord record,
            PeerSockets sockets,
            Patience patience) {
        this.settings = settings;
        this.files = files;
        this.record = record;
        this.sockets = sockets;
        this.question = new Question(sockets, settings.myId());
        this.patience = patience;
        this.list = digest(settings);
    }

    /// The same for the same voters, whatever else the settings say.
    static String digest(EmbeddedStoreSettings settings) {
        String voters =
                Membership.listed(settings).voters().stream()
                        .map(Member::line)
                        .collect(Collectors.joining("\n"));
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(voters.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /// Blocks until the member may start.
    ///
    /// @return empty when the patience ended first
    Optional<QuorumPeerConfig> next() throws IOException {
        Entry entry = record.read();
        if (files.hasData()) {
            // With data and a promise to found: the decision to start was made before a crash.
            return Optional.of(entry instanceof Entry.Founding ? goOnFounding() : goOn());
        }
        return switch (settings.role()) {
            case OBSERVER -> join();
            case VOTER -> begin(entry);
        };
    }

    private QuorumPeerConfig goOnFounding() throws IOException {
        files.allowEmpty();
        return files.keep();
    }

    /// As the only voter of the store, whatever was recorded. An operator has decided that the
    /// others are lost.
    QuorumPeerConfig alone() throws IOException {
        if (files.hasData()) {
            record.clear();
            files.forbidEmpty();
        } else {
            record.founding(list);
            files.allowEmpty();
        }
        LOG.warn("voter {}: goes on as the only voter of the store", settings.myId());
        return files.replace(new Membership(0, List.of(me(StoreRole.VOTER))));
    }

    private QuorumPeerConfig goOn() throws IOException {
        files.forbidEmpty();
        Optional<Membership> recorded = files.recorded();
        if (recorded.isPresent() && recorded.get().member(settings.myId()).isEmpty()) {
            // Taken off the list. ZooKeeper does not start unless it finds itself in it.
            return files.replace(recorded.get().with(me(StoreRole.OBSERVER)));
        }
        return files.keep();
    }

    private Member me(StoreRole role) {
        return Member.own(settings, role);
    }

    private QuorumPeerConfig found() throws IOException {
        files.allowEmpty();
        return files.replace(
                new Membership(0, Membership.listed(settings).voters()).with(me(StoreRole.VOTER)));
    }

    private Optional<QuorumPeerConfig> begin(Entry entry) throws IOException {
        if (entry instanceof Entry.Founding(var promised) && !promised.equals(list)) {
            return refuseOtherList();
        }
        if (others().isEmpty()) {
            record.founding(list);
            LOG.info("voter {}: founding the store, with one voter", settings.myId());
            return Optional.of(found());
        }
        Phase phase = entry instanceof Entry.Founding ? Phase.READY : Phase.FRESH;
        if (phase == Phase.FRESH) {
            record.clear(); // whom it was joining, it has nothing of them
        }
        return agree(phase) ? Optional.of(found()) : patience.goesOn() ? join() : Optional.empty();
    }

    /// Asks and answers until it is certain that a store is to be founded.
    ///
    /// @return false when there is one, or when the patience ended
    private boolean agree(Phase reached) throws IOException {
        Phase phase = reached;
        try (Greeter greeter = Greeter.open(settings, sockets, new Waits(phase, list))) {
            while (patience.goesOn()) {
                Map<Member, Answer> answers = ask(question, others());
                Optional<Membership> store = established(answers);
                if (store.isPresent() && !(phase == Phase.READY && counts(store.get()))) {
                    return false;
                }
                if (phase == Phase.FRESH && allWait(answers, Phase.FRESH)) {
                    record.founding(list);
                    phase = Phase.READY;
                    greeter.say(new Waits(phase, list));
                } else if (phase == Phase.READY
                        && (allWait(answers, Phase.READY) || foundedWithMe(answers))) {
                    LOG.info(
                            "voter {}: founding the store with {} voters",
                            settings.myId(),
                            settings.voters().size());
                    return true;
                }
                tell(answers);
                patience.pause(ROUND);
            }
        }
        return false;
    }

    private Optional<QuorumPeerConfig> refuseOtherList() {
        LOG.error(
                "voter {}: does not start: it promised to found a store with other voters than toomai.store.voters lists now. Set the list back; or, if no voter has ever served with that one, remove {} on each",
                settings.myId(),
                record.file());
        while (patience.goesOn()) {
            patience.pause(ROUND);
        }
        return Optional.empty();
    }

    private List<Member> others() {
        return Membership.listed(settings).voters().stream()
                .filter(member -> member.id() != settings.myId())
                .toList();
    }

    /// Asks all of them at once.
    static Map<Member, Answer> ask(Question question, List<Member> members) {
        Map<Member, Answer> answers = new TreeMap<>(Comparator.comparingInt(Member::id));
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Member, Future<Answer>> asked = new TreeMap<>(Comparator.comparingInt(Member::id));
            for (Member member : members) {
                Callable<Answer> one = () -> question.ask(member);
                asked.put(member, each.submit(one));
            }
            asked.forEach((member, answer) -> answers.put(member, answerOf(answer)));
        }
        return answers;
    }

    private static Answer answerOf(Future<Answer> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Silent("interrupted");
        } catch (ExecutionException e) {
            return new Silent(String.valueOf(e.getCause()));
        }
    }

    /// The newest membership that a store has established; empty while none is told.
    private static Optional<Membership> established(Map<Member, Answer> answers) {
        return answers.values().stream()
                .map(answer ->
                        answer instanceof Runs runs
                                ? runs.membership()
                                : new Membership(0, List.of()))
                .filter(membership -> membership.version() > 0)
                .max(Comparator.comparingLong(Membership::version));
    }

    private boolean allWait(Map<Member, Answer> answers, Phase least) {
        return answers.values().stream()
                .allMatch(answer ->
                        answer instanceof Waits waits
                                && waits.list().equals(list)
                                && waits.phase().compareTo(least) >= 0);
    }

    /// Whether a ZooKeeper runs that counts this voter. It was without data when this one became
    /// ready, so it has begun with the same founding; this one has never voted.
    private boolean foundedWithMe(Map<Member, Answer> answers) {
        return answers.values().stream()
                .anyMatch(answer -> answer instanceof Runs runs && counts(runs.membership()));
    }

    private boolean counts(Membership membership) {
        return membership
                .member(settings.myId())
                .filter(me -> me.role() == StoreRole.VOTER && me.isAt(settings.me()))
                .isPresent();
    }

    /// Waits for a store, and comes to it without a vote; the vote is asked for when it has the
    /// data ([Admission]).
    private Optional<QuorumPeerConfig> join() throws IOException {
        files.forbidEmpty();
        record.joining();
        Optional<Membership> seen = Optional.empty();
        long seenAt = 0;
        while (patience.goesOn()) {
            Map<Member, Answer> answers = ask(question, others());
            Optional<Membership> store = established(answers);
            if (store.isPresent() && seen.isEmpty()) {
                seenAt = System.nanoTime();
                seen = store;
            }
            if (store.isPresent()
                    && isForgotten(store.get(), seenAt)
                    && !isAnothersNumber(store.get())) {
                LOG.info("voter {}: joining a store that is there", settings.myId());
                return Optional.of(files.replace(provisional(store.get())));
            }
            if (store.isEmpty() && allWait(answers, Phase.FRESH)) {
                return Optional.empty(); // none of them has data any more: begin anew
            }
            tell(answers);
            patience.pause(ROUND);
        }
        return Optional.empty();
    }

    private Membership provisional(Membership store) {
        return counts(store) ? store.with(me(StoreRole.VOTER)) : store.with(me(StoreRole.OBSERVER));
    }

    /// A voter that lost its data may still have a word in an election of the last seconds. Each
    /// step of one is over after `initLimit` ticks.
    private boolean isForgotten(Membership store, long seenAt) {
        Duration election = settings.timing().tick().multipliedBy(settings.timing().initLimit());
        return !store.hasVoter(settings.myId()) || System.nanoTime() - seenAt > election.toNanos();
    }

    /// Two processes with one number would be two votes.
    private boolean isAnothersNumber(Membership store) {
        Optional<Member> other =
                store.member(settings.myId()).filter(member -> !member.isAt(settings.me()));
        if (other.isPresent() && isTimeToTell()) {
            LOG.error(
                    "voter {}: does not join: the store has {}. If that one is gone for good, toomai store remove {} on another node; else give this node another toomai.store.id",
                    settings.myId(),
                    other.get().name(),
                    settings.myId());
        }
        return other.isPresent();
    }

    private void tell(Map<Member, Answer> answers) {
        if (!isTimeToTell()) {
            return;
        }
        List<String> reasons = new ArrayList<>();
        answers.forEach((member, answer) -> {
            switch (answer) {
                case Silent(var why) -> reasons.add(member.name() + " is not reached: " + why);
                case Waits waits when !waits.list().equals(list) ->
                        reasons.add(
                                member.name()
                                        + " lists other voters: make toomai.store.voters the same on all");
                case Waits _ -> reasons.add(member.name() + " waits too");
                case Runs runs when runs.membership().version() == 0 ->
                        reasons.add(member.name() + " runs without a majority yet");
                case Runs _ -> reasons.add(member.name() + " runs");
            }
        });
        LOG.warn(
                "voter {}: has no data and waits for the others: {}. Start those that are down. If they are lost for good with their data: toomai store found --alone",
                settings.myId(),
                String.join("; ", reasons));
    }

    private boolean isTimeToTell() {
        if (System.nanoTime() - toldAt < TELL.toNanos()) {
            return false;
        }
        toldAt = System.nanoTime();
        return true;
    }
}

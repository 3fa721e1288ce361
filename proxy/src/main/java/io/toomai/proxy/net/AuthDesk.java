package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.login.PasswordQuestion;
import io.toomai.proxy.login.PasswordQuestion.Answer;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.route.Keeping;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection by which `auth_query` is asked, question after question. It has its own session
/// and never a client's settings, so that no client can make it find another table or function than
/// the operator meant (CVE-2025-12819). Belongs to the first wing's event loop.
final class AuthDesk implements Dialer.Caller {
    private static final Logger LOG = LoggerFactory.getLogger(AuthDesk.class);

    /// Questions that wait; more are refused.
    private static final int WAITING = 1000;

    /// Its only settings: names in the query are those of the system, unless they say their schema.
    private static final Map<String, String> SETTINGS =
            Map.of("search_path", "", "application_name", "toomai auth_query");

    private final Dialer dialer;
    private final Destination destination;
    private final String user;
    private final String database;
    private final Grant grant;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Channel channel;

    /// Where it is, or is on its way to.
    private @Nullable Target target;

    /// By which it is on its way.
    private @Nullable Channel attempt;

    private State state = State.CLOSED;
    private int failures;
    private Purpose purpose = Purpose.STAYS;
    private long askedAt;
    private long freeSince;
    private long openedAt;

    private enum State {
        CLOSED,
        CONNECTING,
        /// Between two tries.
        PAUSING,
        IDLE,
        ASKED
    }

    private enum Purpose {
        STAYS,
        /// Nobody will ask by it any more; who waits is still served.
        ENDS_WHEN_IDLE
    }

    /// In nanoseconds; 0 for no bound.
    ///
    /// @param patience for one answer
    record Times(long patience, long idle, long lifetime) {}

    /// @param since in nanoseconds
    private record Waiting(
            String query, String name, AuthDesks.Asker asker, long since, Question question) {
        Waiting again() {
            return new Waiting(query, name, asker, since, Question.LAST);
        }
    }

    /// How often one is asked: more than twice might kill one server after the other.
    private enum Question {
        FIRST,
        LAST
    }

    /// @param user as whom it logs in
    /// @param database as its server calls it
    AuthDesk(Dialer dialer, Destination destination, String user, String database, Grant grant) {
        this.dialer = dialer;
        this.destination = destination;
        this.user = user;
        this.database = database;
        this.grant = grant;
    }

    void ask(String query, String name, AuthDesks.Asker asker) {
        if (waiting.size() >= WAITING) {
            asker.failed("too many logins wait for auth_query");
            return;
        }
        waiting.add(new Waiting(query, name, asker, System.nanoTime(), Question.FIRST));
        next();
    }

    private void next() {
        if (state == State.IDLE && keeping() != Keeping.STAYS) {
            end();
        }
        Waiting first = waiting.peek();
        if (first == null) {
            if (purpose == Purpose.ENDS_WHEN_IDLE) {
                end();
            }
            return;
        }
        switch (state) {
            case CLOSED -> connect();
            case IDLE -> {
                state = State.ASKED;
                askedAt = System.nanoTime();
                Channel to = channel;
                if (to != null) {
                    Sending.write(to, PasswordQuestion.ask(first.query(), first.name()));
                    to.flush();
                }
            }
            case CONNECTING, PAUSING, ASKED -> {}
        }
    }

    private void connect() {
        state = State.CONNECTING;
        attempt = null;
        Optional<Target> found = destination.next();
        if (found.isEmpty()) {
            state = State.CLOSED;
            if (isOutageWaitedOut()) {
                tryAgainSoon();
            } else {
                failAll("there is no server for it");
            }
            return;
        }
        target = found.get();
        dialer.dial(new Dialer.Call(found.get(), user, database, grant, SETTINGS), this);
    }

    @Override
    public void goesBy(Channel by) {
        attempt = by;
    }

    @Override
    public Optional<Misfit> misfit(Target where, Welcome said) {
        return destination.keeping(where) == Keeping.STAYS
                ? Optional.empty()
                : Optional.of(
                        new Misfit(
                                where.name() + " is not wanted any more", Misfit.Prospect.STAYS));
    }

    @Override
    public void reached(Target where, Channel to, Welcome said) {
        channel = to;
        failures = 0;
        destination.reached(where);
        to.closeFuture().addListener(_ -> destination.left(where));
        openedAt = System.nanoTime();
        isFree();
        to.pipeline().replace("login", "auth-query", new Answers(to));
        next();
    }

    @Override
    public void loginFailed(Target where, String code, String text) {
        destination.left(where);
        destination.failed(where);
        state = State.CLOSED;
        if (isOutageWaitedOut() && Openings.isOfAnOutage(code)) {
            LOG.debug("auth_query cannot be asked, tried again: {} {}", code, Printable.of(text));
            tryAgainSoon();
        } else if (destination.hasUntried()) {
            next();
        } else {
            failAll(code + " " + text);
        }
    }

    private Keeping keeping() {
        Target there = target;
        return there == null ? Keeping.STAYS : destination.keeping(there);
    }

    /// Other servers are fit than before. A host that has lost its power does not say so: who is
    /// asked about there is asked about elsewhere.
    void review() {
        switch (state) {
            case CONNECTING -> {
                Channel by = attempt;
                if (by != null && keeping() != Keeping.STAYS) {
                    Sending.close(by);
                }
            }
            case ASKED -> {
                if (keeping() == Keeping.IS_CUT) {
                    leave();
                    next();
                }
            }
            case IDLE -> next();
            case CLOSED, PAUSING -> {}
        }
    }

    private boolean isOutageWaitedOut() {
        return destination.outage() == Outage.IS_WAITED_OUT;
    }

    /// Who asks is kept for as long as a login may take.
    private void tryAgainSoon() {
        state = State.PAUSING;
        dialer.later(
                () -> {
                    if (state == State.PAUSING) {
                        state = State.CLOSED;
                        next();
                    }
                },
                Openings.pause(failures++));
    }

    private void failAll(String why) {
        LOG.warn(
                "auth_query cannot be asked: db={} user={} reason={}",
                Printable.of(database),
                user,
                Printable.of(why));
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(one -> one.asker().failed("auth_query: " + why));
    }

    private void answered(Answer answer) {
        isFree();
        Waiting first = waiting.poll();
        if (first != null) {
            switch (answer) {
                case Answer.NoSuchUser _ -> first.asker().unknown();
                case Answer.Found(var password) ->
                        first.asker().known(password.flatMap(p -> StoredPassword.of(p.reveal())));
                case Answer.Failed(String why) -> {
                    LOG.warn(
                            "auth_query failed: db={} user={} reason={}",
                            Printable.of(database),
                            user,
                            Printable.of(why));
                    first.asker().failed("auth_query: " + why);
                }
            }
        }
        next();
    }

    private void isFree() {
        state = State.IDLE;
        freeSince = System.nanoTime();
    }

    void tick(long now, Times times) {
        forgetThoseWhoAreGone(now, times.patience());
        if (state == State.ASKED && isOver(now - askedAt, times.patience())) {
            LOG.warn("auth_query takes too long: db={} user={}", Printable.of(database), user);
            waiting.addFirst(waiting.remove().again()); // it would take as long again
            end();
        } else if (isOver(now - freeSince, times.idle())
                || isOver(now - openedAt, times.lifetime())) {
            closeIfIdle();
        }
    }

    private void forgetThoseWhoAreGone(long now, long patience) {
        Waiting asked = state == State.ASKED ? waiting.poll() : null;
        List<Waiting> gone =
                waiting.stream()
                        .filter(one -> one.asker().isGone() || isOver(now - one.since(), patience))
                        .toList();
        waiting.removeAll(gone);
        if (asked != null) {
            waiting.addFirst(asked); // its answer is still to come
        }
        gone.forEach(one -> one.asker().failed("auth_query: there was no server for it in time"));
    }

    private static boolean isOver(long taken, long limit) {
        return limit > 0 && taken > limit;
    }

    boolean isOpen() {
        return state != State.CLOSED;
    }

    /// @return whether nobody waits
    boolean closeIfIdle() {
        boolean idle = waiting.isEmpty();
        if (idle) {
            end();
        }
        return idle;
    }

    /// For good, also if its connection is still on its way.
    ///
    /// @return whether nobody waits
    boolean endIfIdle() {
        boolean idle = waiting.isEmpty();
        if (idle) {
            closeWhenIdle();
        }
        return idle;
    }

    void closeWhenIdle() {
        purpose = Purpose.ENDS_WHEN_IDLE;
        next();
    }

    private void end() {
        Channel open = channel;
        if (state == State.IDLE) {
            leave();
        } else if (open != null) {
            Sending.close(open);
        }
    }

    /// Whoever asks next asks by another one.
    private void leave() {
        Channel open = channel;
        state = State.CLOSED;
        channel = null;
        if (open != null) {
            Sending.close(open);
        }
    }

    /// The server's side of it.
    private final class Answers extends ChannelInboundHandlerAdapter {
        private final Gathered gathered;
        private PasswordQuestion question = new PasswordQuestion();

        Answers(Channel of) {
            gathered = new Gathered(of, ServerLogin.LONGEST);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!ctx.channel().equals(channel)) { // it would answer another question
                ((ByteBuf) message).release();
                return;
            }
            gathered.add((ByteBuf) message);
            try {
                while (gathered.hasMessage()) {
                    byte type = gathered.type();
                    Optional<Answer> answer = question.message(type, gathered.takeBody());
                    if (answer.isPresent()) {
                        question = new PasswordQuestion();
                        answered(answer.get());
                    }
                }
            } catch (ProtocolViolation e) {
                LOG.warn(
                        "auth_query failed: db={} reason={}",
                        Printable.of(database),
                        Printable.of(e.what()));
                Sending.close(ctx.channel());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!ctx.channel().equals(channel)) {
                return;
            }
            // Who has been asked about may have waited too long, or have killed the server.
            Waiting asked = state == State.ASKED ? waiting.poll() : null;
            channel = null;
            state = State.CLOSED;
            if (asked != null && asked.question() == Question.FIRST && isOutageWaitedOut()) {
                waiting.addFirst(asked.again());
            } else if (asked != null) {
                asked.asker().failed("auth_query: the server closed the connection");
            }
            next();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            gathered.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Faults.end(ctx.channel(), cause);
        }
    }
}

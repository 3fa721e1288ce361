package io.toomai.agent.hooks;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.MemberName;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.os.Script;
import io.toomai.postgres.os.ShellWords;
import io.toomai.settings.EffectivePostgres;
import io.toomai.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's commands around what is done to the local PostgreSQL. Callbacks run by
/// themselves: whoever tells of an act here goes on at once, so a fence may. The two hooks are
/// waited for, with a limit, by the thread that is about to act. Thread safe.
public final class Hooks {
    private static final Logger log = LoggerFactory.getLogger(Hooks.class);
    private static final Duration LAST_CALLBACK = Duration.ofSeconds(10);

    private final MemberName member;
    private final String scope;
    private final CallbackRules rules = new CallbackRules();
    private final CallbackLane callbacks;
    private final CallbackLane reloads;
    private volatile Optional<EffectivePostgres> commands = Optional.empty();

    public Hooks(Settings settings) {
        this(settings.name(), settings.scope());
    }

    Hooks(MemberName member, String scope) {
        this.member = member;
        this.scope = scope;
        this.callbacks = new CallbackLane(member);
        this.reloads = new CallbackLane(member);
    }

    /// Takes the commands in force; they count from the next occasion.
    public void configure(EffectivePostgres postgres) {
        commands = Optional.of(postgres);
    }

    // ---- what happens to PostgreSQL

    public void observed(LocalPostgres seen) {
        rules.observed(seen);
    }

    /// About to be started.
    public void starting(MemberRole role) {
        rules.starting(role, CallbackAction.ON_START);
    }

    /// About to be started by a restart.
    public void restarting(MemberRole role) {
        rules.starting(role, CallbackAction.ON_RESTART);
    }

    /// It accepts connections after a start.
    public void ready() {
        rules.ready().ifPresent(this::call);
    }

    /// It ran and was told to stop, not for a restart.
    public void stopped() {
        call(rules.stopped());
    }

    public void promoting() {
        rules.promoting().ifPresent(this::call);
    }

    public void reloaded() {
        call(rules.reloaded());
    }

    /// A cycle of the loop has ended like this.
    public void settled(Standing standing) {
        rules.settled(standing).ifPresent(this::call);
    }

    private void call(Callback callback) {
        String action = callback.action().text();
        commands.map(c -> c.callbacks().get(action))
                .ifPresent(line -> {
                    CallbackLane lane =
                            switch (callback.action()) {
                                case ON_RELOAD -> reloads;
                                case ON_START, ON_STOP, ON_RESTART, ON_ROLE_CHANGE -> callbacks;
                            };
                    lane.run(
                            new CallbackLane.Order(
                                    "postgresql.callbacks." + action,
                                    line,
                                    List.of(action, callback.role().text(), scope)));
                });
    }

    /// The agent ends: gives the callback that still runs a little time. It may go on alone
    /// afterwards.
    public void awaitCallbacks() throws InterruptedException {
        if (!callbacks.awaitEnd(LAST_CALLBACK)) {
            log.warn(
                    "{} hooks: the last callback still runs after {} s; the agent ends without it",
                    member,
                    LAST_CALLBACK.toSeconds());
        }
    }

    // ---- hooks

    /// Runs `before_stop`, if there is one. Whatever becomes of it, PostgreSQL is stopped then.
    ///
    /// @param patience after which it is ended
    public void beforeStop(Duration patience) {
        commands.flatMap(EffectivePostgres::beforeStop)
                .ifPresent(line -> {
                    String told = "before_stop `" + line + "`";
                    try {
                        Script.Result result = run("postgresql.before_stop", line, patience);
                        if (result.succeeded()) {
                            log.info("{} hooks: {}: {}", member, told, result.explanation());
                        } else {
                            log.warn(
                                    "{} hooks: {} failed, PostgreSQL is stopped all the same: {}",
                                    member,
                                    told,
                                    result.explanation());
                        }
                    } catch (PostgresException e) {
                        log.warn(
                                "{} hooks: {} was not run to its end, PostgreSQL is stopped all"
                                        + " the same: {}",
                                member,
                                told,
                                e.getMessage());
                    }
                });
    }

    /// Runs `pre_promote`, if there is one.
    ///
    /// @param patience after which it is ended and counts as failed
    /// @throws PostgresException when it does not exist, fails or is ended
    public void prePromote(Duration patience) {
        commands.flatMap(EffectivePostgres::prePromote)
                .ifPresent(line -> {
                    Script.Result result = run("postgresql.pre_promote", line, patience);
                    if (!result.succeeded()) {
                        throw new PostgresException(
                                PostgresException.Code.PROGRAM_FAILED,
                                "pre_promote `%s`: %s".formatted(line, result.explanation()));
                    }
                    log.info("{} hooks: pre_promote `{}`: exit status 0", member, line);
                });
    }

    private static Script.Result run(String setting, String line, Duration patience) {
        Script script = Script.start(ShellWords.split(line, setting));
        try {
            return script.await(patience);
        } catch (InterruptedException e) {
            script.end();
            Thread.currentThread().interrupt();
            throw new PostgresException(
                    PostgresException.Code.INTERRUPTED, setting + " was told to stop", e);
        }
    }
}

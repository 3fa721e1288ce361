package io.toomai.proxy.console;

import io.toomai.proxy.console.CommandReader.Reading;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import java.util.List;

/// One user's session at the console: understands a line, checks the right to it, answers. A line
/// may be answered later; until then no other may be said.
public final class Console {
    /// PgBouncer's, whose settings, tables and words these are: programs look at it.
    public static final String VERSION = "1.25.2";

    private static final String HELP =
            String.join(
                    "\n\t",
                    "",
                    "SHOW HELP|CONFIG|DATABASES|POOLS|CLIENTS|SERVERS|USERS|VERSION",
                    "SHOW PEERS|PEER_POOLS",
                    "SHOW FDS|SOCKETS|ACTIVE_SOCKETS|LISTS|MEM|STATE|PAUSES|PINS|ROUTES",
                    "SHOW DNS_HOSTS|DNS_ZONES",
                    "SHOW STATS|STATS_TOTALS|STATS_AVERAGES|TOTALS",
                    "SET key = arg",
                    "RELOAD",
                    "PAUSE [<db>]",
                    "RESUME [<db>]",
                    "DISABLE <db>",
                    "ENABLE <db>",
                    "RECONNECT [<db>]",
                    "KILL [<db>]",
                    "KILL_CLIENT <client_id>",
                    "DRAIN|MAINTENANCE|READY <member>",
                    "SUSPEND",
                    "SHUTDOWN",
                    "SHUTDOWN WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS",
                    "WAIT_CLOSE [<db>]");

    private final Right right;
    private final Owner self;
    private final Lookout lookout;
    private final Orders orders;

    public Console(Right right, Owner self, Lookout lookout, Orders orders) {
        this.right = right;
        this.self = self;
        this.lookout = lookout;
        this.orders = orders;
    }

    /// A line that the user said.
    public void say(String line, Answers to) {
        switch (CommandReader.read(line)) {
            case Reading.Wrong wrong -> refuse(wrong, to);
            case Reading.Understood(Command command) -> run(command, to);
        }
    }

    private void refuse(Reading.Wrong wrong, Answers to) {
        if (right.covers(wrong.needed())) {
            to.failed(Outcome.Refused.CODE, wrong.why(), wrong.hint());
        } else {
            denied(to);
        }
    }

    private static void denied(Answers to) {
        to.failed(Outcome.Refused.CODE, "admin access needed", "");
    }

    private void run(Command command, Answers to) {
        switch (command) {
            case Command.Show(Subject subject) -> {
                if (right.covers(subject.needs())) {
                    show(subject, to);
                } else {
                    denied(to);
                }
            }
            case Command.ShowParameter(String name, String value) ->
                    to.table(
                            new Table(
                                    List.of(new Column(name, Column.Type.TEXT)),
                                    List.of(Row.of(value))));
            case Command.SetParameter _ -> {
                to.notice("SET ignored", "");
                to.done("SET");
            }
            case Command.Order order -> {
                if (right.covers(Right.ADMIN)) {
                    orders.carryOut(order, self, outcome -> tell(order, outcome, to));
                } else {
                    denied(to);
                }
            }
        }
    }

    private void show(Subject subject, Answers to) {
        if (subject == Subject.HELP) {
            to.notice("Console usage", HELP);
            to.done("SHOW");
        } else {
            lookout.look(subject.detail(), overview -> to.table(new Tables(overview).of(subject)));
        }
    }

    private static void tell(Command.Order order, Outcome outcome, Answers to) {
        switch (outcome) {
            case Outcome.Done _ -> to.done(order.tag());
            case Outcome.Noted(String notice) -> {
                to.notice(notice, "");
                to.done(order.tag());
            }
            case Outcome.Refused(String code, String why, String hint) ->
                    to.failed(code, why, hint);
        }
    }

    /// The user does not want what was said last, if it is still waited for.
    public void cancel() {
        orders.cancel(self);
    }

    /// The user is gone.
    public void left() {
        orders.left(self);
    }
}

package io.toomai.proxy.net;

import io.netty.channel.ChannelHandlerContext;
import io.toomai.proxy.login.Opening;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a login that does not succeed.
///
/// @param text what the client hears
/// @param why for the log
record Refusal(String code, String text, String why) {
    private static final Logger log = LoggerFactory.getLogger(Refusal.class);

    /// Who does not log in in time hears this.
    static final Refusal LATE =
            new Refusal("08P01", "client_login_timeout", "its login took too long");

    /// What decides about a login has changed while it was under way: it fails.
    static Refusal outdated(Applicant who) {
        String why = "what the files say of it has changed meanwhile";
        return switch (who.proof().method()) {
            case TRUST -> new Refusal("28000", "\"trust\" authentication failed", why);
            case CERT -> new Refusal("28000", "certificate authentication failed", why);
            case PEER -> new Refusal("28000", "unix socket login rejected", why);
            case REJECT, PAM, LDAP -> new Refusal("28000", "login rejected", why);
            case PASSWORD, MD5, SCRAM -> wrongPassword(who, why);
        };
    }

    static Refusal wrongPassword(Applicant who, String why) {
        return new Refusal(
                "28P01",
                "password authentication failed for user \"" + who.identity().user() + "\"",
                why);
    }

    /// The last that happens on the connection.
    void tell(ChannelHandlerContext ctx, Opening.Start start, Origin origin) {
        log.info(
                "login failed: db={} user={} from={} reason={} ({})",
                Printable.of(start.database()),
                Printable.of(start.user()),
                origin,
                Printable.of(text),
                Printable.of(why));
        Replies.lastWords(ctx, code, text);
    }
}

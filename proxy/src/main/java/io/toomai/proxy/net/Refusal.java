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

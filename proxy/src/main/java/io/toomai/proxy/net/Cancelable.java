package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.toomai.proxy.session.CancelKey;

/// Somebody whose work can be canceled by whom has the key. Belongs to the event loop of its wing.
interface Cancelable {
    CancelKey cancelKey();

    /// What it does at the moment is to end.
    ///
    /// @param asker is closed when that is done
    void cancel(Channel asker);
}

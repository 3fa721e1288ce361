package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.Exchange;
import io.toomai.wire.ScramVerifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// The SCRAM verifiers of passwords that are kept in plain: thousands of rounds of computing, done
/// once for each user and beside the event loop. Belongs to the first wing's event loop.
final class ScramKeys {
    private static final int MOST = 10_000;

    private final EventLoop loop;
    private final Aside aside;
    private final byte[] secret;
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Known, List<Consumer<Optional<ScramVerifier>>>> asked = new HashMap<>();

    /// What a verifier was made of; with the verifier once it is.
    private record Known(
            String user, Secret password, int iterations, Optional<ScramVerifier> verifier) {}

    /// @param secret of this installation
    ScramKeys(EventLoop loop, Aside aside, byte[] secret) {
        this.loop = loop;
        this.aside = aside;
        this.secret = secret;
    }

    /// @param then gets nothing when there is too much to compute
    void of(String user, Secret password, int iterations, Consumer<Optional<ScramVerifier>> then) {
        Known wanted = new Known(user, password, iterations, Optional.empty());
        Known there = known.get(user);
        if (there != null
                && there.iterations() == iterations
                && there.password().equals(password)) {
            then.accept(there.verifier());
            return;
        }
        List<Consumer<Optional<ScramVerifier>>> waiting = asked.get(wanted);
        if (waiting != null) {
            waiting.add(then);
            return;
        }
        asked.put(wanted, new ArrayList<>(List.of(then)));
        aside.compute(
                loop,
                () -> Exchange.derive(user, password, secret, iterations),
                verifier -> derived(wanted, verifier));
    }

    private void derived(Known of, Optional<ScramVerifier> verifier) {
        if (verifier.isPresent()) {
            known.put(of.user(), new Known(of.user(), of.password(), of.iterations(), verifier));
            if (known.size() > MOST) {
                known.remove(known.keySet().iterator().next());
            }
        }
        List<Consumer<Optional<ScramVerifier>>> waiting = asked.remove(of);
        if (waiting != null) {
            waiting.forEach(then -> then.accept(verifier));
        }
    }
}

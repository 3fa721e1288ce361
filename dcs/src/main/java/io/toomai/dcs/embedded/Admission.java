package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.Membership.Member;
import io.toomai.dcs.embedded.StoreStart.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.zookeeper.KeeperException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a member that came without data what the settings list it as, once it has the data and
/// serves. Goes on until the store has recorded it, or the store here is closed. One thread.
final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int TELL_EVERY = 10;

    private final EmbeddedStoreSettings settings;
    private final StartRecord record;
    private final Patience patience;

    Admission(EmbeddedStoreSettings settings, StartRecord record, Patience patience) {
        this.settings = settings;
        this.record = record;
        this.patience = patience;
    }

    void run() {
        Member wanted = Member.own(settings, settings.role());
        for (int attempt = 1; patience.goesOn(); attempt++) {
            String obstacle;
            try {
                Optional<Membership> with = admit(wanted);
                if (with.isPresent()) {
                    record.clear();
                    LOG.info(
                            "voter {}: belongs to the store as {}; it has {} voters now",
                            settings.myId(),
                            wanted.role().title(),
                            with.get().voters().size());
                    return;
                }
                obstacle = "it is not recorded yet";
            } catch (KeeperException | DcsException | IOException e) {
                // Another change under way, an election, the vote of an old leader: all pass.
                obstacle = String.valueOf(e.getMessage());
            } catch (InterruptedException e) {
                LOG.debug("interrupted", e); // the patience decides
                obstacle = "interrupted";
            }
            if (attempt % TELL_EVERY == 0) {
                LOG.warn(
                        "voter {}: has the data, but is not yet {} of the store: {}; tries again",
                        settings.myId(),
                        wanted.role().title(),
                        obstacle);
            }
            patience.pause(PAUSE);
        }
    }

    private Optional<Membership> admit(Member wanted) throws KeeperException, InterruptedException {
        try (Admin admin = Admin.connect(settings, TIMEOUT)) {
            Membership now = admin.membership();
            if (!now.member(wanted.id()).filter(wanted::equals).isPresent()) {
                now = admin.add(wanted);
            }
            return Optional.of(now).filter(m -> m.member(wanted.id()).isPresent());
        }
    }
}

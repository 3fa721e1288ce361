package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.toomai.core.model.Secret;
import io.toomai.proxy.auth.CertificateNames;
import io.toomai.proxy.auth.Exchange;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.auth.StoredPassword;
import io.toomai.proxy.auth.UserList;
import io.toomai.wire.ScramSha256;
import io.toomai.wire.ScramVerifier;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds out how an applicant can prove who it is, and judges what needs no question. Belongs to
/// the event loop.
final class Examiner {
    private final ScramKeys keys;
    private final AuthDesks desks;
    private final SystemUsers systemUsers;
    private final SecureRandom random = new SecureRandom();
    private final byte[] secret = new byte[32];

    /// How an examination goes on. One of them is called, once, perhaps later.
    interface Verdict {
        /// Its answers decide.
        void ask(Exchange exchange);

        void grant(Grant grant);

        /// @param why for the log
        void refuse(String code, String text, String why);

        /// Whether it does not matter any more.
        boolean isGone();
    }

    /// What is known of a user.
    private sealed interface User {
        /// @param stored nothing for one that has no password
        record Known(Optional<StoredPassword> stored) implements User {}

        record Unknown() implements User {}
    }

    Examiner(EventLoop loop, Aside aside, AuthDesks desks) {
        random.nextBytes(secret);
        this.keys = new ScramKeys(loop, aside, secret);
        this.desks = desks;
        this.systemUsers = new SystemUsers(loop);
    }

    void examine(Applicant who, Verdict verdict) {
        UserList users = who.configuration().users();
        String user = who.identity().user();
        if (who.configuration().settings().values().text("auth_type").equals("any")) {
            verdict.grant(new Grant.Nothing());
        } else if (users.has(user)) {
            judge(who, new User.Known(users.passwordOf(user)), verdict);
        } else {
            desks.find(
                    who,
                    new AuthDesks.Asker() {
                        @Override
                        public void known(Optional<StoredPassword> stored) {
                            judge(who, new User.Known(stored), verdict);
                        }

                        @Override
                        public void unknown() {
                            judge(who, new User.Unknown(), verdict);
                        }

                        @Override
                        public void failed(String why) {
                            verdict.refuse("08P01", "bouncer config error", why);
                        }

                        @Override
                        public boolean isGone() {
                            return verdict.isGone();
                        }
                    });
        }
    }

    private void judge(Applicant who, User user, Verdict verdict) {
        Optional<StoredPassword> stored =
                user instanceof User.Known(var password) ? password : Optional.empty();
        Grant byName = Grant.of(stored);
        switch (who.proof().method()) {
            case TRUST -> {
                if (user instanceof User.Known) {
                    verdict.grant(byName);
                } else {
                    verdict.refuse(
                            "28000", "\"trust\" authentication failed", "there is no such user");
                }
            }
            case CERT -> {
                Optional<String> fault =
                        user instanceof User.Unknown
                                ? Optional.of("there is no such user")
                                : certificateFault(who);
                fault.ifPresentOrElse(
                        why -> verdict.refuse("28000", "certificate authentication failed", why),
                        () -> verdict.grant(byName));
            }
            case PEER -> peer(who, user, byName, verdict);
            case PASSWORD, MD5, SCRAM -> question(who, stored, verdict);
            case REJECT, PAM, LDAP ->
                    verdict.refuse(
                            "28000", "login rejected", "by method " + who.proof().method().word());
        }
    }

    private static Optional<String> certificateFault(Applicant who) {
        if (who.arrival().certificate().isEmpty()) {
            return Optional.of("it has shown no certificate");
        }
        boolean allowed =
                CertificateNames.of(who.arrival().certificate().get()).stream()
                        .anyMatch(name ->
                                who.configuration()
                                        .access()
                                        .idents()
                                        .allows(who.proof().map(), name, who.identity().user()));
        return allowed ? Optional.empty() : Optional.of("its certificate is for another user");
    }

    private void peer(Applicant who, User user, Grant grant, Verdict verdict) {
        String refused = "unix socket login rejected";
        OptionalInt number = who.arrival().systemUser();
        if (number.isEmpty() || user instanceof User.Unknown) {
            verdict.refuse(
                    "28000",
                    refused,
                    number.isEmpty()
                            ? "the system does not tell who is at its other end"
                            : "there is no such user");
            return;
        }
        systemUsers.name(
                number.getAsInt(),
                name -> {
                    boolean allowed =
                            name.isPresent()
                                    && who.configuration()
                                            .access()
                                            .idents()
                                            .allows(
                                                    who.proof().map(),
                                                    name.get(),
                                                    who.identity().user());
                    if (allowed) {
                        verdict.grant(grant);
                    } else {
                        verdict.refuse(
                                "28000", refused, "the system's user is " + name.orElse("unknown"));
                    }
                });
    }

    private void question(Applicant who, Optional<StoredPassword> stored, Verdict verdict) {
        int iterations = who.configuration().settings().values().number("scram_iterations");
        HbaMethod method = method(who, stored);
        if (method == HbaMethod.SCRAM
                && stored.orElse(null) instanceof StoredPassword.Plain(Secret password)) {
            keys.of(
                    who.identity().user(),
                    password,
                    iterations,
                    derived -> {
                        if (derived.isPresent()) {
                            ask(who, method, stored, derived, verdict);
                        } else {
                            verdict.refuse(
                                    "53300", "too many logins at once", "computing is behind");
                        }
                    });
        } else {
            ask(who, method, stored, Optional.empty(), verdict);
        }
    }

    /// Who does not exist is asked as those are who do.
    private static HbaMethod method(Applicant who, Optional<StoredPassword> stored) {
        boolean asTheOthers =
                who.proof().method() == HbaMethod.MD5
                        && stored.isEmpty()
                        && who.configuration().users().isAllScram();
        return asTheOthers ? HbaMethod.SCRAM : who.proof().method();
    }

    private void ask(
            Applicant who,
            HbaMethod method,
            Optional<StoredPassword> stored,
            Optional<ScramVerifier> derived,
            Verdict verdict) {
        byte[] salt = new byte[4];
        random.nextBytes(salt);
        verdict.ask(
                new Exchange(
                        new Exchange.Subject(who.identity().user(), method, stored),
                        new Exchange.Means(
                                salt,
                                ScramSha256.freshNonce(),
                                secret,
                                who.configuration().settings().values().number("scram_iterations"),
                                derived,
                                who.arrival().binding())));
    }
}

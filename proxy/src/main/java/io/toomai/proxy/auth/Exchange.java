package io.toomai.proxy.auth;

import io.toomai.core.model.Secret;
import io.toomai.wire.Md5Password;
import io.toomai.wire.ScramServer;
import io.toomai.wire.ScramServer.Mechanism;
import io.toomai.wire.ScramVerifier;
import io.toomai.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/// The questions by which a client proves that it knows a password. One object per login; each
/// answer of the client brings the next step. Not thread safe.
public final class Exchange {
    private final Subject subject;
    private final Means means;
    private Stage stage = Stage.NEW;
    private Optional<ScramServer> scram = Optional.empty();

    /// Who is to prove what.
    ///
    /// @param stored nothing for a user that does not exist: then all goes as with a wrong password
    public record Subject(String user, HbaMethod method, Optional<StoredPassword> stored) {}

    /// What an exchange needs besides.
    ///
    /// @param salt four random bytes
    /// @param nonce fresh and random
    /// @param secret of this installation, for users that do not exist
    /// @param iterations `scram_iterations`
    /// @param derived the verifier of a password that is stored in plain, where it is known already
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Means(
            byte[] salt,
            String nonce,
            byte[] secret,
            int iterations,
            Optional<ScramVerifier> derived,
            ScramServer.Binding binding) {
        @Override
        public String toString() {
            return "Means";
        }
    }

    /// What comes next.
    public sealed interface Step {
        /// An Authentication message with this code and content; an answer is waited for.
        @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
        record Ask(int code, byte[] content) implements Step {}

        /// AuthenticationSASLFinal goes out before the login goes on.
        @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
        record Granted(Grant grant, Optional<byte[]> last) implements Step {}

        /// @param why for the log only: the client is told no more than that it failed
        record Refused(String why) implements Step {}
    }

    private enum Stage {
        NEW,
        PASSWORD_ASKED,
        MD5_ASKED,
        SASL_OFFERED,
        SASL_BEGUN
    }

    public Exchange(Subject subject, Means means) {
        this.subject = subject;
        this.means = means;
    }

    /// The first step.
    ///
    /// @throws IllegalArgumentException for a method that asks for no password
    public Step begin() {
        return switch (subject.method()) {
            case TRUST -> new Step.Granted(new Grant.Nothing(), Optional.empty());
            case REJECT -> new Step.Refused("a rule rejects it");
            case PASSWORD -> {
                stage = Stage.PASSWORD_ASKED;
                yield new Step.Ask(3, new byte[0]);
            }
            case MD5 ->
                    subject.stored().orElse(null) instanceof StoredPassword.Scram ? offer() : md5();
            case SCRAM -> offer();
            case CERT, PEER, PAM, LDAP ->
                    throw new IllegalArgumentException(subject.method() + " asks for no password");
        };
    }

    /// The client's answer.
    ///
    /// @param body of a `p` message
    public Step answer(byte[] body) {
        try {
            return switch (stage) {
                case PASSWORD_ASKED -> plain(text(body));
                case MD5_ASKED -> hashed(text(body));
                case SASL_OFFERED -> first(body);
                case SASL_BEGUN -> last(body);
                case NEW -> new Step.Refused("it answers before it was asked");
            };
        } catch (WireException e) {
            return new Step.Refused(String.valueOf(e.getMessage()));
        }
    }

    private Step md5() {
        stage = Stage.MD5_ASKED;
        return new Step.Ask(5, means.salt());
    }

    private Step offer() {
        stage = Stage.SASL_OFFERED;
        String plus =
                means.binding() instanceof ScramServer.Binding.Offered
                        ? "SCRAM-SHA-256-PLUS\0"
                        : "";
        return new Step.Ask(10, bytes(plus + "SCRAM-SHA-256\0\0"));
    }

    private Step plain(String password) {
        boolean right =
                switch (subject.stored().orElse(null)) {
                    case StoredPassword.Plain(Secret stored) -> isSame(stored.reveal(), password);
                    case StoredPassword.Md5(Secret hash) ->
                            isSame(hash.reveal(), Md5Password.stored(subject.user(), password));
                    case StoredPassword.Scram(ScramVerifier verifier) -> verifier.fits(password);
                    case null -> false;
                };
        return right && !password.isEmpty()
                ? new Step.Granted(new Grant.Password(new Secret(password)), Optional.empty())
                : wrong();
    }

    private Step hashed(String answer) {
        Optional<Secret> hash =
                switch (subject.stored().orElse(null)) {
                    case StoredPassword.Plain(Secret stored) ->
                            Optional.of(
                                    new Secret(
                                            Md5Password.stored(subject.user(), stored.reveal())));
                    case StoredPassword.Md5(Secret stored) -> Optional.of(stored);
                    case StoredPassword.Scram _ -> Optional.empty();
                    case null -> Optional.empty();
                };
        boolean right =
                hash.isPresent()
                        && isSame(Md5Password.salted(hash.get().reveal(), means.salt()), answer);
        if (!right) {
            return wrong();
        }
        return subject.stored().orElse(null) instanceof StoredPassword.Plain(Secret stored)
                ? new Step.Granted(new Grant.Password(stored), Optional.empty())
                : new Step.Granted(new Grant.Md5(hash.get()), Optional.empty());
    }

    /// Name of the mechanism, NUL, length, message.
    private Step first(byte[] body) {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        if (body.length < end + 5) {
            return new Step.Refused("its SASL message is too short");
        }
        String name = new String(body, 0, end, StandardCharsets.UTF_8);
        Mechanism mechanism =
                switch (name) {
                    case "SCRAM-SHA-256" -> Mechanism.PLAIN;
                    case "SCRAM-SHA-256-PLUS" -> Mechanism.PLUS;
                    default -> null;
                };
        if (mechanism == null) {
            return new Step.Refused("it chose a mechanism that was not offered");
        }
        String message = new String(body, end + 5, body.length - end - 5, StandardCharsets.UTF_8);
        ScramServer server = new ScramServer(verifier(), means.binding(), means.nonce());
        scram = Optional.of(server);
        stage = Stage.SASL_BEGUN;
        return new Step.Ask(11, bytes(server.serverFirst(message, mechanism)));
    }

    private ScramVerifier verifier() {
        return switch (subject.stored().orElse(null)) {
            case StoredPassword.Scram(ScramVerifier verifier) -> verifier;
            case StoredPassword.Plain(Secret password) ->
                    means.derived()
                            .orElseGet(() ->
                                    derive(
                                            subject.user(),
                                            password,
                                            means.secret(),
                                            means.iterations()));
            case StoredPassword.Md5 _ -> mock();
            case null -> mock();
        };
    }

    /// The verifier that stands for a password in plain: always of the same salt, so that nobody
    /// can tell the user from one who does not exist. Takes milliseconds of computing.
    public static ScramVerifier derive(
            String user, Secret password, byte[] secret, int iterations) {
        return ScramVerifier.of(
                password.reveal(), ScramVerifier.mock(secret, user, iterations).salt(), iterations);
    }

    /// Whether the next answer takes milliseconds of computing.
    public boolean isCostly() {
        return stage == Stage.PASSWORD_ASKED
                && subject.stored().orElse(null) instanceof StoredPassword.Scram;
    }

    private ScramVerifier mock() {
        return ScramVerifier.mock(means.secret(), subject.user(), means.iterations());
    }

    private Step last(byte[] body) {
        ScramServer server = scram.orElseThrow();
        ScramServer.Proven proven;
        try {
            proven = server.serverFinal(new String(body, StandardCharsets.UTF_8));
        } catch (WireException e) {
            // Whoever was held against a verifier made up for them could not have been right.
            return hasVerifier() ? new Step.Refused(String.valueOf(e.getMessage())) : wrong();
        }
        Grant grant =
                switch (subject.stored().orElse(null)) {
                    case StoredPassword.Scram(ScramVerifier verifier) ->
                            new Grant.ScramKey(verifier, proven.clientKey());
                    case StoredPassword.Plain(Secret password) -> new Grant.Password(password);
                    case StoredPassword.Md5 _ -> new Grant.Nothing();
                    case null -> new Grant.Nothing();
                };
        return hasVerifier()
                ? new Step.Granted(grant, Optional.of(bytes(proven.message())))
                : wrong();
    }

    /// Whether the user has a secret that SCRAM can be done with.
    private boolean hasVerifier() {
        return switch (subject.stored().orElse(null)) {
            case StoredPassword.Scram _ -> true;
            case StoredPassword.Plain _ -> true;
            case StoredPassword.Md5 _ -> false;
            case null -> false;
        };
    }

    private Step wrong() {
        if (subject.stored().isEmpty()) {
            return new Step.Refused("there is no such user, or it has no valid password");
        }
        return new Step.Refused(
                stage == Stage.SASL_BEGUN && !hasVerifier()
                        ? "the user's secret is an MD5 hash: SCRAM needs a SCRAM secret or the"
                                + " password in plain"
                        : "the password is wrong");
    }

    private static boolean isSame(String a, String b) {
        return MessageDigest.isEqual(bytes(a), bytes(b));
    }

    /// Up to its NUL.
    private static String text(byte[] body) {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        return new String(body, 0, end, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

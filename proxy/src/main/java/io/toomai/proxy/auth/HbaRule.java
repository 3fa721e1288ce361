package io.toomai.proxy.auth;

import io.toomai.proxy.auth.HbaTokens.Word;
import io.toomai.settings.text.Position;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// One line of an HBA file.
///
/// @param options such as `map`
public record HbaRule(
        Transport transport,
        List<Word> databases,
        List<Word> users,
        Source source,
        HbaMethod method,
        Map<String, String> options,
        Position at) {

    /// Over what a client comes.
    public enum Transport {
        LOCAL,
        HOST,
        HOSTSSL,
        HOSTNOSSL
    }

    /// From where.
    public sealed interface Source {
        record Anywhere() implements Source {}

        record Range(AddressRange range) implements Source {}

        /// One of this machine's own addresses.
        record SameHost() implements Source {}

        /// A network that this machine is in.
        record SameNet() implements Source {}
    }

    /// A client as far as rules look at it.
    ///
    /// @param address of a client over TCP
    public record Caller(
            String database,
            String user,
            Optional<InetAddress> address,
            Encryption encryption,
            Purpose purpose) {}

    public enum Encryption {
        NONE,
        TLS
    }

    /// What a session is for; `replication` in a rule is no database, but this.
    public enum Purpose {
        QUERIES,
        PHYSICAL_REPLICATION
    }

    /// Whether the rule is about that client.
    ///
    /// @param here this machine's networks
    boolean isAbout(Caller caller, LocalNetworks here) {
        return transports(caller)
                && comesFrom(caller, here)
                && databases.stream().anyMatch(word -> isDatabase(word, caller))
                && users.stream().anyMatch(word -> isUser(word, caller.user()));
    }

    private boolean transports(Caller caller) {
        return switch (transport) {
            case LOCAL -> caller.address().isEmpty();
            case HOST -> caller.address().isPresent();
            case HOSTSSL -> caller.address().isPresent() && caller.encryption() == Encryption.TLS;
            case HOSTNOSSL ->
                    caller.address().isPresent() && caller.encryption() == Encryption.NONE;
        };
    }

    private boolean comesFrom(Caller caller, LocalNetworks here) {
        if (caller.address().isEmpty()) {
            return true;
        }
        InetAddress address = caller.address().get();
        return switch (source) {
            case Source.Anywhere _ -> true;
            case Source.Range(var range) -> range.contains(address);
            case Source.SameHost _ -> here.isHere(address);
            case Source.SameNet _ -> here.isNear(address);
        };
    }

    private static boolean isDatabase(Word word, Caller caller) {
        if (caller.purpose() == Purpose.PHYSICAL_REPLICATION) {
            return word.is("replication");
        }
        boolean own = word.is("sameuser") && caller.database().equals(caller.user());
        boolean named = !word.is("replication") && isName(word, caller.database());
        return word.is("all") || own || named;
    }

    private static boolean isUser(Word word, String user) {
        return word.is("all") || isName(word, user);
    }

    private static boolean isName(Word word, String name) {
        return word.isPattern()
                ? Pattern.compile(word.text().substring(1)).matcher(name).find()
                : word.text().equals(name);
    }
}

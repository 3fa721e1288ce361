package io.toomai.settings;

import io.toomai.core.model.Secret;
import io.toomai.settings.StoreSettings.Voter;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads `toomai.store`. Used once.
final class StoreReader {
    private static final String VOTERS = "toomai.store.voters";
    private static final String OBSERVERS = "toomai.store.observers";
    private static final String CLIENT_LISTEN = "toomai.store.client_listen";
    private static final String PASSWORD = "toomai.store.password";
    private static final int MOST_VOTERS = 7;
    private static final Pattern COMPACT =
            Pattern.compile(
                    "(\\d{1,3})@(\\[[^\\]]+\\]|[^:@\\s]+):(\\d{1,5}):(\\d{1,5}):(\\d{1,5})");
    private static final int MAX_ID = 255;
    private static final int MAX_PORT = 65535;

    private final Values values;
    private final Path toomaiDir;
    private final Findings findings;

    StoreReader(Values values, Path toomaiDir, Findings findings) {
        this.values = values;
        this.toomaiDir = toomaiDir;
        this.findings = findings;
    }

    StoreSettings store() {
        List<Voter> voters = members(VOTERS);
        List<Voter> observers = members(OBSERVERS);
        number(voters, observers);
        Optional<Integer> id = values.wholeIfSet("toomai.store.id");
        Optional<Voter> self =
                id.flatMap(own ->
                        Stream.concat(voters.stream(), observers.stream())
                                .filter(v -> v.id() == own)
                                .findFirst());
        if (id.isPresent() && self.isEmpty() && !voters.isEmpty()) {
            problem(
                    "toomai.store.id",
                    "no voter in toomai.store.voters has the id "
                            + id.get()
                            + (observers.isEmpty() ? "" : ", nor has an observer"));
        }
        Optional<Secret> password = values.secret(PASSWORD);
        return new StoreSettings(
                voters,
                id,
                values.path("toomai.store.data_dir").orElse(toomaiDir.resolve("store")),
                clientListen(password),
                values.wholeIfSet("toomai.store.client_port")
                        .or(() -> self.map(Voter::clientPort))
                        .orElse(0),
                password,
                observers,
                tls());
    }

    /// Who can connect can take the lead away, so only this host may do it unproven.
    private String clientListen(Optional<Secret> password) {
        String listed = values.requiredText(CLIENT_LISTEN).strip();
        String address = listed.replaceAll("[\\[\\]]", "");
        if (address.isEmpty()) {
            problem(CLIENT_LISTEN, "is empty");
        } else if (password.isEmpty() && !isLoopback(address)) {
            problem(
                    CLIENT_LISTEN,
                    "%s lets other hosts change the store, so it needs %s, the same on all nodes; set it, or leave this at 127.0.0.1"
                            .formatted(ValueCheck.shortened(listed), PASSWORD));
        }
        if (password.filter(secret -> secret.reveal().isBlank()).isPresent()) {
            problem(PASSWORD, "is empty");
        }
        return address;
    }

    /// Without asking a name server, which others may command.
    private static boolean isLoopback(String address) {
        try {
            return address.equals("localhost")
                    || InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false; // a name
        }
    }

    /// A majority of four is three: the fourth voter makes the store slower and no safer.
    private void number(List<Voter> voters, List<Voter> observers) {
        for (Voter observer : observers) {
            if (voters.stream().anyMatch(voter -> voter.id() == observer.id())) {
                problem(OBSERVERS, "id " + observer.id() + " is a voter's");
            }
        }
        if (voters.size() > MOST_VOTERS) {
            problem(
                    VOTERS,
                    "more than seven voters make every write slower; list the others under "
                            + OBSERVERS);
        } else if (!voters.isEmpty() && voters.size() % 2 == 0) {
            findings.warning(
                    values.at(VOTERS).map(Tree::at).orElse(Position.NOWHERE),
                    VOTERS,
                    "%d voters bear no more losses than %d; use an odd number, and list others under %s"
                            .formatted(voters.size(), voters.size() - 1, OBSERVERS));
        }
    }

    private Optional<StoreSettings.Tls> tls() {
        Optional<Path> certificate = values.path("toomai.store.tls.certificate");
        Optional<Path> key = values.path("toomai.store.tls.key");
        Optional<Path> authorities = values.path("toomai.store.tls.ca");
        if (certificate.isEmpty() && key.isEmpty() && authorities.isEmpty()) {
            return Optional.empty();
        }
        if (certificate.isEmpty() || key.isEmpty() || authorities.isEmpty()) {
            problem(
                    "toomai.store.tls",
                    "needs certificate, key and ca: both sides of a connection prove themselves");
            return Optional.empty();
        }
        return Optional.of(
                new StoreSettings.Tls(
                        certificate.get(),
                        key.get(),
                        authorities.get(),
                        values.flag("toomai.store.tls.verify_host")
                                ? StoreSettings.HostCheck.ON
                                : StoreSettings.HostCheck.OFF));
    }

    private List<Voter> members(String list) {
        List<Voter> voters = new ArrayList<>();
        if (values.at(list).orElse(Mapping.EMPTY) instanceof Sequence items) {
            for (Tree item : items.items()) {
                Optional<Voter> voter = voter(item, list);
                boolean twice =
                        voter.isPresent()
                                && voters.stream().anyMatch(v -> v.id() == voter.get().id());
                if (twice) {
                    findings.problem(item.at(), list, "id " + voter.get().id() + " is used twice");
                } else {
                    voter.ifPresent(voters::add);
                }
            }
            if (items.items().isEmpty() && list.equals(VOTERS)) {
                findings.problem(items.at(), VOTERS, "at least one voter is needed");
            }
        }
        voters.sort(Comparator.comparingInt(Voter::id));
        return voters;
    }

    private Optional<Voter> voter(Tree item, String list) {
        return switch (item) {
            case Scalar scalar -> compact(scalar, list);
            case Mapping mapping -> spelledOut(mapping, list);
            case Sequence sequence -> {
                findings.problem(sequence.at(), list, "a voter is not a list");
                yield Optional.empty();
            }
        };
    }

    private Optional<Voter> compact(Scalar scalar, String list) {
        Matcher matcher = COMPACT.matcher(scalar.text().strip());
        if (!matcher.matches()) {
            findings.problem(
                    scalar.at(),
                    list,
                    "expected id@host:peer_port:election_port:client_port, such as"
                            + " 1@10.0.0.1:2888:3888:2181");
            return Optional.empty();
        }
        Voter voter =
                new Voter(
                        Integer.parseInt(matcher.group(1)),
                        matcher.group(2).replaceAll("[\\[\\]]", ""),
                        Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(4)),
                        Integer.parseInt(matcher.group(5)));
        return inRange(voter, scalar.at(), list);
    }

    private Optional<Voter> spelledOut(Mapping mapping, String list) {
        List<String> names = List.of("id", "host", "peer_port", "election_port", "client_port");
        for (String name : mapping.entries().keySet()) {
            if (!names.contains(name)) {
                String hint =
                        Nearest.to(name, names).map(n -> "; did you mean " + n + "?").orElse("");
                findings.problem(
                        mapping.entries().get(name).at(),
                        list,
                        "a voter has no '%s'%s".formatted(name, hint));
                return Optional.empty();
            }
        }
        try {
            return inRange(
                    new Voter(
                            number(mapping, "id"),
                            word(mapping, "host"),
                            number(mapping, "peer_port"),
                            number(mapping, "election_port"),
                            number(mapping, "client_port")),
                    mapping.at(),
                    list);
        } catch (IllegalArgumentException e) {
            findings.problem(mapping.at(), list, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<Voter> inRange(Voter voter, Position at, String list) {
        if (voter.id() < 1 || voter.id() > MAX_ID) {
            findings.problem(at, list, "expected an id from 1 to 255, found " + voter.id());
            return Optional.empty();
        }
        for (int port : List.of(voter.peerPort(), voter.electionPort(), voter.clientPort())) {
            if (port < 1 || port > MAX_PORT) {
                findings.problem(at, list, "expected a port from 1 to 65535, found " + port);
                return Optional.empty();
            }
        }
        return Optional.of(voter);
    }

    private static String word(Mapping mapping, String name) {
        return mapping.child(name)
                .flatMap(Values::scalarText)
                .orElseThrow(() -> new IllegalArgumentException("a voter needs '" + name + "'"));
    }

    private static int number(Mapping mapping, String name) {
        String text = word(mapping, name);
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("a voter's '" + name + "' is not a number");
        }
        return Integer.parseInt(text);
    }

    private void problem(String key, String message) {
        findings.problem(values.at(key).map(Tree::at).orElse(Position.NOWHERE), key, message);
    }
}

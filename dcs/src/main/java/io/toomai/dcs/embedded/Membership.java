package io.toomai.dcs.embedded;

import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Who belongs to the store, in the words of ZooKeeper's dynamic configuration.
///
/// @param version of the recorded list, growing; 0 = nobody has established it yet
/// @param members sorted by id
record Membership(long version, List<Member> members) {
    private static final Pattern SERVER =
            Pattern.compile(
                    "server\\.(\\d+)=(.+):(\\d+):(\\d+):(participant|observer);(?:(.*):)?(\\d+)");
    private static final String VERSION = "version=";
    private static final int HEXADECIMAL = 16;

    Membership {
        members = members.stream().sorted(Comparator.comparingInt(Member::id)).toList();
    }

    /// @param clients where its own clients reach it, such as `127.0.0.1:2181`
    record Member(
            int id, String host, int peerPort, int electionPort, StoreRole role, String clients) {
        /// This process's own. Where its clients reach it is nobody else's concern, so the others
        /// go on with what is listed.
        static Member own(EmbeddedStoreSettings settings, StoreRole role) {
            return of(settings.me(), role).servingAt(settings.clients().listen().toString());
        }

        static Member of(Voter voter, StoreRole role) {
            return new Member(
                    voter.id(),
                    voter.host(),
                    voter.peerPort(),
                    voter.electionPort(),
                    role,
                    "127.0.0.1:" + voter.clientPort());
        }

        Member servingAt(String other) {
            return new Member(id, host, peerPort, electionPort, role, other);
        }

        boolean isAt(Voter voter) {
            return host.equals(voter.host())
                    && peerPort == voter.peerPort()
                    && electionPort == voter.electionPort();
        }

        /// The line of the dynamic configuration.
        String line() {
            return "server.%d=%s:%d:%d:%s;%s"
                    .formatted(id, bracketed(host), peerPort, electionPort, role.word(), clients);
        }

        /// For messages.
        String name() {
            return "%s %d (%s:%d:%d)"
                    .formatted(role.title(), id, bracketed(host), peerPort, electionPort);
        }
    }

    /// What the settings list, before anybody has recorded it.
    static Membership listed(EmbeddedStoreSettings settings) {
        List<Member> members = new ArrayList<>();
        settings.voters().forEach(voter -> members.add(Member.of(voter, StoreRole.VOTER)));
        settings.observers().forEach(voter -> members.add(Member.of(voter, StoreRole.OBSERVER)));
        return new Membership(0, members);
    }

    /// Lines that say nothing of members are passed over.
    static Membership parse(String text) {
        long version = 0;
        List<Member> members = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            Matcher server = SERVER.matcher(line);
            if (server.matches()) {
                members.add(
                        new Member(
                                Integer.parseInt(server.group(1)),
                                server.group(2).replaceAll("[\\[\\]]", ""),
                                Integer.parseInt(server.group(3)),
                                Integer.parseInt(server.group(4)),
                                StoreRole.of(server.group(5)),
                                Optional.ofNullable(server.group(6)).orElse("0.0.0.0")
                                        + ":"
                                        + server.group(7)));
            } else if (line.startsWith(VERSION)) {
                version = Long.parseUnsignedLong(line.substring(VERSION.length()), HEXADECIMAL);
            }
        }
        return new Membership(version, members);
    }

    Optional<Member> member(int id) {
        return members.stream().filter(member -> member.id() == id).findFirst();
    }

    List<Member> voters() {
        return members.stream().filter(member -> member.role() == StoreRole.VOTER).toList();
    }

    boolean hasVoter(int id) {
        return voters().stream().anyMatch(member -> member.id() == id);
    }

    /// The same with that member added or replaced; nobody has established it.
    Membership with(Member member) {
        List<Member> all =
                new ArrayList<>(members.stream().filter(m -> m.id() != member.id()).toList());
        all.add(member);
        return new Membership(0, all);
    }

    /// The lines of the file; without the version, so that an established list takes precedence.
    List<String> lines() {
        return members.stream().map(Member::line).toList();
    }

    /// What the settings of this node say otherwise, one sentence each with the way out.
    static List<String> differences(Membership recorded, EmbeddedStoreSettings settings) {
        List<String> found = new ArrayList<>();
        Membership listed = listed(settings);
        for (Member member : listed.members()) {
            Optional<Member> known = recorded.member(member.id());
            if (known.isEmpty()) {
                found.add(
                        "the settings list %s, the store has no member %d: start it with an empty store directory and it joins; or take it off the list"
                                .formatted(member.name(), member.id()));
            } else if (known.get().role() != member.role()
                    || !known.get().servingAt(member.clients()).equals(member)) {
                found.add(
                        "the settings list %s, the store has it as %s: correct the list; or stop it, empty its store directory and start it, then it joins anew"
                                .formatted(member.name(), known.get().name()));
            }
        }
        for (Member member : recorded.members()) {
            if (listed.member(member.id()).isEmpty()) {
                found.add(
                        "the store has %s, which the settings do not list: add it to the list; or, if it is gone for good, toomai store remove %d"
                                .formatted(member.name(), member.id()));
            }
        }
        return found;
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }
}

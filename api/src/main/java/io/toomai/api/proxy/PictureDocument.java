package io.toomai.api.proxy;

import io.toomai.api.StatusDocument;
import io.toomai.api.proxy.ProxyRoll.Numbered;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// The body of `GET /proxy`: what a member tells proxies elsewhere. Members and proxies of other
/// versions read it: fields are only ever added, and what is missing reads as what claims least.
public final class PictureDocument {
    private static final String COUNT = "count";
    private static final String HOLD = "hold";
    private static final String CLUSTER = "cluster";
    private static final String LEADER = "leader";
    private static final String TERM = "term";
    private static final String OPTIME = "optime";
    private static final String MEMBERS = "members";
    private static final String NAME = "name";
    private static final String LOCATION = "location";
    private static final String TIMELINE = "timeline";

    private PictureDocument() {}

    /// What a proxy has read.
    ///
    /// @param cluster who leads, and what is published of members, no more; absent where it is the
    ///   picture that the proxy has
    public record Told(
            String scope, long count, OptionalLong hold, Optional<ClusterView> cluster) {}

    /// @param seen the count that the proxy has
    public static Json of(Numbered numbered, long seen, String scope) {
        JsonFields document = Json.object().put("scope", scope).put(COUNT, numbered.count());
        numbered.picture().hold().ifPresent(request -> document.put(HOLD, request));
        if (numbered.count() != seen) {
            document.put(CLUSTER, cluster(numbered.picture().cluster()));
        }
        return document.done();
    }

    private static Json cluster(ClusterView view) {
        JsonFields cluster = Json.object();
        switch (view.leader()) {
            case LeaderKey.HeldBy(var leader, long revision, _) ->
                    cluster.put(LEADER, leader.value()).put(TERM, revision);
            case LeaderKey.Vacant(long lastTerm, _) -> {
                if (lastTerm != LeaderKey.UNKNOWN_TERM) {
                    cluster.put(TERM, lastTerm);
                }
            }
        }
        return cluster.put(OPTIME, view.status().optime().bytes())
                .put(
                        MEMBERS,
                        new Json.Arr(view.members().stream().map(PictureDocument::member).toList()))
                .done();
    }

    private static Json member(Member member) {
        JsonFields fields =
                Json.object()
                        .put(NAME, member.name().value())
                        .put("conn_url", member.connUrl())
                        .put("api_url", member.apiUrl())
                        .put("state", member.state().text())
                        .put("role", member.role().text());
        member.position().location().ifPresent(at -> fields.put(LOCATION, at.bytes()));
        if (member.position().timeline().isKnown()) {
            fields.put(TIMELINE, member.position().timeline().number());
        }
        return fields.put("tags", StatusDocument.plain(member.tags().values())).done();
    }

    /// What the text tells; empty when it is no such document, as with members that do not know
    /// proxies.
    public static Optional<Told> read(String text) {
        try {
            return Json.parseObject(text)
                    .filter(document -> document.longAt(COUNT).isPresent())
                    .map(PictureDocument::read);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name or a number that cannot be one
        }
    }

    private static Told read(Json.Obj document) {
        return new Told(
                document.textAt("scope"),
                document.longAt(COUNT).orElseThrow(),
                document.longAt(HOLD),
                document.at(CLUSTER) instanceof Json.Obj cluster
                        ? Optional.of(view(cluster))
                        : Optional.empty());
    }

    private static ClusterView view(Json.Obj cluster) {
        OptionalLong term = cluster.longAt(TERM);
        LeaderKey leader =
                cluster.scalarAt(LEADER)
                        .filter(_ -> term.isPresent())
                        .<LeaderKey>map(name ->
                                new LeaderKey.HeldBy(
                                        new MemberName(name),
                                        term.getAsLong(),
                                        LeaderKey.Ownership.ANOTHER_PROCESS))
                        .orElseGet(() ->
                                new LeaderKey.Vacant(
                                        term.orElse(LeaderKey.UNKNOWN_TERM), Optional.empty()));
        List<Member> members = new ArrayList<>();
        cluster.at(MEMBERS).items().forEach(member -> members.add(readMember(member)));
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                leader,
                members,
                empty.failover(),
                empty.sync(),
                new Status(
                        new Lsn(Math.max(0, cluster.longAt(OPTIME).orElse(0))),
                        Map.of(),
                        List.of()),
                empty.history(),
                empty.failsafe());
    }

    private static Member readMember(Json member) {
        Map<String, Object> tags = new TreeMap<>();
        member.at("tags")
                .entries()
                .forEach((name, value) -> value.plain().ifPresent(told -> tags.put(name, told)));
        long timeline = member.longAt(TIMELINE).orElse(0);
        return new Member(
                new MemberName(member.textAt(NAME)),
                member.textAt("conn_url"),
                member.textAt("api_url"),
                MemberState.of(member.textAt("state")),
                MemberRole.of(member.textAt("role")),
                "",
                new Member.Position(
                        location(member),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        timeline > 0 && timeline <= Integer.MAX_VALUE
                                ? new Timeline((int) timeline)
                                : Timeline.UNKNOWN),
                new Tags(tags),
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Optional<Lsn> location(Json member) {
        OptionalLong bytes = member.longAt(LOCATION);
        return bytes.isPresent() && bytes.getAsLong() >= 0
                ? Optional.of(new Lsn(bytes.getAsLong()))
                : Optional.empty();
    }
}

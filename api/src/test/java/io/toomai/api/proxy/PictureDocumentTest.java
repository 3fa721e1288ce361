package io.toomai.api.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.Samples;
import io.toomai.api.proxy.PictureDocument.Told;
import io.toomai.api.proxy.ProxyRoll.Numbered;
import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.api.proxy.StandingDocument.Word;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.settings.json.Json;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PictureDocumentTest {
    private static final ClusterView CLUSTER = Samples.cluster("{}");

    private static Told through(ClusterView view, OptionalLong hold, long seen) {
        Json document = PictureDocument.of(new Numbered(9, new Picture(view, hold)), seen, "main");
        return PictureDocument.read(document.spaced()).orElseThrow();
    }

    @Test
    void aProxyReadsWhatAMemberSaw() {
        Told told = through(CLUSTER, OptionalLong.of(7), 8);

        assertThat(told.scope()).isEqualTo("main");
        assertThat(told.count()).isEqualTo(9);
        assertThat(told.hold()).hasValue(7);
        ClusterView seen = told.cluster().orElseThrow();
        assertThat(seen.leader())
                .isEqualTo(
                        new LeaderKey.HeldBy(
                                Samples.PG1,
                                ((LeaderKey.HeldBy) CLUSTER.leader()).revision(),
                                LeaderKey.Ownership.ANOTHER_PROCESS));
        assertThat(seen.status().optime()).isEqualTo(CLUSTER.status().optime());
        assertThat(seen.members()).hasSameSizeAs(CLUSTER.members());
        for (Member member : CLUSTER.members()) {
            Member read = seen.member(member.name()).orElseThrow();
            assertThat(read.connUrl()).isEqualTo(member.connUrl());
            assertThat(read.apiUrl()).isEqualTo(member.apiUrl());
            assertThat(read.state()).isEqualTo(member.state());
            assertThat(read.role()).isEqualTo(member.role());
            assertThat(read.tags()).isEqualTo(member.tags());
            assertThat(read.position().location()).isEqualTo(member.position().location());
            assertThat(read.position().timeline()).isEqualTo(member.position().timeline());
        }
    }

    @Test
    void aVacantKeyHasTheTermThatIsKnown() {
        LeaderKey known = new LeaderKey.Vacant(5, Optional.empty());
        assertThat(through(CLUSTER.with(known), OptionalLong.empty(), 0).cluster().orElseThrow())
                .extracting(ClusterView::leader)
                .isEqualTo(known);
        assertThat(
                        through(CLUSTER.with(new LeaderKey.Vacant()), OptionalLong.empty(), 0)
                                .cluster()
                                .orElseThrow())
                .extracting(ClusterView::leader)
                .isEqualTo(new LeaderKey.Vacant());
    }

    @Test
    void whatIsKnownIsNotToldAgain() {
        assertThat(through(CLUSTER, OptionalLong.empty(), 9).cluster()).isEmpty();
    }

    @Test
    void whatIsNoPictureIsNone() {
        assertThat(PictureDocument.read("{\"state\": \"running\"}")).isEmpty();
        assertThat(PictureDocument.read("not found")).isEmpty();
        assertThat(
                        PictureDocument.read(
                                "{\"count\": 1, \"cluster\": {\"members\": [{\"name\": \"\"}]}}"))
                .isEmpty();
    }

    @Test
    void whatAProxySaysOfItselfIsRead() {
        Word holds = new Word.Stands(new ProxyStanding("app", OptionalLong.of(7), 3));
        Word free = new Word.Stands(new ProxyStanding("app", OptionalLong.empty(), 0));
        for (Word word : new Word[] {holds, free, new Word.Leaves("app")}) {
            assertThat(StandingDocument.read(StandingDocument.of(word))).contains(word);
        }
        for (String bad :
                new String[] {
                    "{}",
                    "{\"name\": \"\", \"open\": 1}",
                    "{\"name\": \"a\"}",
                    "{\"name\": \"a\", \"open\": -1}",
                    "{\"name\": \"a\\nb\", \"open\": 1}",
                    "{\"name\": \"" + "a".repeat(201) + "\", \"open\": 1}"
                }) {
            assertThat(StandingDocument.read(Json.parse(bad))).as(bad).isEmpty();
        }
    }
}

package io.toomai.dcs.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.settings.Catalogue;
import io.toomai.settings.Key;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every tag of the catalogue with every kind of value in a member key: members of Patroni publish
/// whatever their file says. The member stays readable, and so does what its tags mean.
class StrangeTagsTest {
    private static final MemberName NAME = new MemberName("stranger");
    private static final String REST = "{\"state\":\"running\",\"timeline\":7,\"tags\":";

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "-1",
                    "0.5",
                    "-0.0",
                    "1e400",
                    "-1e400",
                    "9223372036854775807",
                    "-9223372036854775808",
                    "99999999999999999999999999999",
                    "\"\"",
                    "\" \"",
                    "\"maybe\"",
                    "\"-\"",
                    "\"\\u0000\"",
                    "\"/\"",
                    "\"../members/pg1\"",
                    "\"1e99999\"",
                    "\"äö\\ud83d\\ude00\"",
                    "\"\\ud83d\"",
                    "\"" + "x".repeat(100_000) + "\"",
                    "[]",
                    "[\"pg1\"]",
                    "[[[]]]",
                    "{}",
                    "{\"a\":{\"b\":null}}");

    static Stream<String> tags() {
        return Catalogue.INSTANCE.keys().stream()
                .map(Key::path)
                .filter(path -> path.startsWith("tags."))
                .map(path -> path.substring("tags.".length()).replace("*", "rack"));
    }

    @ParameterizedTest
    @MethodSource("tags")
    void anyValueIsReadAndToldAgain(String tag) {
        for (String value : VALUES) {
            Member member = MemberDocument.read(NAME, REST + "{\"%s\":%s}}".formatted(tag, value));
            String what = tag + ": " + value.substring(0, Math.min(40, value.length()));
            assertThat(member.state()).as(what).isEqualTo(MemberState.RUNNING);
            assertThat(meaning(member.tags())).as(what).isNotBlank();
            Member told = MemberDocument.read(NAME, MemberDocument.write(member));
            if (value.contains("1e400")) { // no JSON number can say it again
                assertThat(told.tags().values()).as(what).containsKey(tag);
            } else {
                assertThat(told).as(what).isEqualTo(member);
            }
        }
    }

    /// Everything that anybody asks of tags.
    private static String meaning(Tags tags) {
        return "%s %s %s %s %s %d %d %s"
                .formatted(
                        tags.nofailover(),
                        tags.nosync(),
                        tags.noloadbalance(),
                        tags.clonefrom(),
                        tags.nostream(),
                        tags.failoverPriority(),
                        tags.syncPriority(),
                        tags.replicatefrom().map(MemberName::slotName).orElse("nobody"));
    }

    @Test
    void whatIsNoObjectHasNoTags() {
        for (String value : VALUES) {
            if (!value.startsWith("{")) {
                assertThat(MemberDocument.read(NAME, REST + value + "}").tags())
                        .as(value)
                        .isEqualTo(Tags.NONE);
            }
        }
    }

    @Test
    void listsAndMapsAreNoTags() {
        String listed = "{\"nofailover\":[\"x\"],\"zones\":[1],\"rack\":\"a7\"}}";
        assertThat(MemberDocument.read(NAME, REST + listed).tags().values())
                .containsOnlyKeys("rack");
    }
}

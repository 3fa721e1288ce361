package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.HaSettings.SynchronousStrictness;
import io.toomai.core.model.MemberName;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncNamesTest {
    @Test
    void whatIsWrittenIsReadBack() {
        for (List<String> names :
                List.of(List.of("a"), List.of("a", "b"), List.of("A-1", "pg\"2", "x,y"))) {
            var members = names.stream().map(MemberName::new).toList();
            assertThat(SyncNames.parse(SyncNames.format(members, SynchronousStrictness.RELAXED)))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    @Test
    void nobodyMeansNothingOrAnybody() {
        assertThat(SyncNames.format(List.of(), SynchronousStrictness.RELAXED)).isEmpty();
        assertThat(SyncNames.format(List.of(), SynchronousStrictness.STRICT)).isEqualTo("*");
        assertThat(SyncNames.parse("*")).isEmpty();
    }
}

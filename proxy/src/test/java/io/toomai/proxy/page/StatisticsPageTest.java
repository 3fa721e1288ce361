package io.toomai.proxy.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Picture;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsPageTest {
    private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");
    private static final String HOSTILE = "<script>alert('x')</script>\"><b a=\"&lt;";

    private final String page = StatisticsPage.of(new Picture(), NOW);

    @Test
    void whatIsWrongComesFirst() {
        assertThat(page)
                .contains("2026-11-22 03:00:00 UTC")
                .contains("<title>(2) Toomai proxy</title>")
                .containsSubsequence(
                        "class=\"bad\">The route read has had no server for 40 s: 1 client waiting",
                        "class=\"bad\">shop / ann: 2 clients waiting for a server, the first for"
                                + " 2.50 s; 8 server connections, 2 in use",
                        "class=\"note\">pg2: an operator drains it",
                        "<h2>Routes</h2>",
                        "<h2>Pools</h2>",
                        "<h2>How long things take");
    }

    @Test
    void routesMembersPoolsAndPercentilesAreThere() {
        assertThat(page)
                .contains("· port 5000", "pg1", "primary", "passed by")
                .contains("it is not the primary · 10.0.0.1:5432")
                .contains("20 kB", "99 % within", "12 ms", "900 µs");
    }

    @Test
    void itNeedsNothingButItself() {
        assertThat(page)
                .contains("http-equiv=\"refresh\"")
                .doesNotContain("<script", "http://", "https://", "src=", "@import", "url(");
    }

    /// Every text that any line of an overview can have, hostile: none becomes markup.
    @Test
    void noNameBecomesMarkup() {
        String page = StatisticsPage.of(hostile(), NOW);
        assertThat(page)
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&gt;&lt;b")
                .doesNotContain("<script", "<b ", "alert('x')");
        String usual = StatisticsPage.of(new Picture(), NOW);
        assertThat(tags(page)).isEqualTo(tags(usual));
    }

    private static List<String> tags(String page) {
        return java.util.regex.Pattern.compile("<[^>]*>")
                .matcher(page)
                .results()
                .map(found -> found.group().replaceAll("class=\"(chip )?\\w+\"", ""))
                .toList();
    }

    /// The usual picture with each of its texts replaced.
    private static Overview hostile() {
        Picture usual = new Picture();
        return (Overview)
                Proxy.newProxyInstance(
                        Overview.class.getClassLoader(),
                        new Class<?>[] {Overview.class},
                        (_, method, _) -> Hostile.of(method.invoke(usual), HOSTILE));
    }
}

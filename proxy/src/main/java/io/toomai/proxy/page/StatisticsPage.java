package io.toomai.proxy.page;

import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.LatencyLine;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.console.Overview.StopLine;
import io.toomai.proxy.console.Overview.Taking;
import io.toomai.proxy.console.Overview.WayLine;
import io.toomai.proxy.page.News.Item;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The proxy on one page for whoever has just been woken up: first what is wrong, then where
/// clients are led and why not elsewhere, then pools and how long things take. It needs nothing but
/// itself: no script, no other file; it asks for itself anew every few seconds.
public final class StatisticsPage {
    /// Between two looks, in seconds.
    private static final int AGAIN = 5;

    /// Rows of one table; the console has them all.
    private static final int MOST = 200;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final Markup out = new Markup();
    private final Overview overview;

    private StatisticsPage(Overview overview) {
        this.overview = overview;
    }

    /// @param now for the reader, who sees by it that the page is fresh
    public static String of(Overview overview, Instant now) {
        StatisticsPage page = new StatisticsPage(overview);
        List<Item> news = News.of(overview);
        page.out.open("html", "lang", "en");
        page.head(news);
        page.out.open("body").open("main");
        page.summary(now);
        page.news(news);
        page.ways();
        page.pools();
        page.latencies();
        page.out.close().close().close();
        return page.out.toString();
    }

    private void head(List<Item> news) {
        long bad = news.stream().filter(item -> item.weight() == News.Weight.BAD).count();
        out.open("head")
                .single("meta", "charset", "utf-8")
                .single("meta", "name", "viewport", "content", "width=device-width")
                .single("meta", "http-equiv", "refresh", "content", Integer.toString(AGAIN))
                .single("link", "rel", "icon", "href", "data:,")
                .element("title", (bad > 0 ? "(" + bad + ") " : "") + "Toomai proxy")
                .style(Style.SHEET)
                .close();
    }

    private void summary(Instant now) {
        long clients = overview.ways().stream().mapToLong(way -> way.clients().all()).sum();
        long waiting = overview.ways().stream().mapToLong(way -> way.clients().waiting()).sum();
        long servers = overview.pools().stream().mapToLong(pool -> pool.servers().all()).sum();
        out.open("header").element("h1", "Toomai proxy");
        out.element(
                "p",
                Words.count(clients, "client")
                        + " ("
                        + Words.many(waiting)
                        + " waiting) on "
                        + Words.count(servers, "server connection"));
        out.open("p", "class", "soft").text(TIME.format(now) + ", anew every " + AGAIN + " s · ");
        out.element("a", "CSV", "href", "/;csv").text(" · ");
        out.element("a", "metrics", "href", "/metrics").close();
        out.close();
    }

    private void news(List<Item> news) {
        out.open("ul", "class", "news", "role", "status");
        if (news.isEmpty()) {
            out.element(
                    "li",
                    "Every route leads to a server, nobody waits, nothing is stopped.",
                    "class",
                    "good");
        }
        news.forEach(item ->
                out.element(
                        "li",
                        item.text(),
                        "class",
                        switch (item.weight()) {
                            case BAD -> "bad";
                            case NOTE -> "note";
                        }));
        out.close();
    }

    // ---- routes

    private void ways() {
        out.element("h2", "Routes");
        overview.ways().forEach(this::way);
    }

    private void way(WayLine way) {
        out.open("section", "class", "card").element("h3", way.route());
        out.text(way.port() == 0 ? " " : " · port " + way.port() + " ");
        chip(way.standing());
        out.element(
                "p",
                Words.count(way.clients().all(), "client")
                        + ", "
                        + Words.many(way.clients().waiting())
                        + " waiting"
                        + (way.maxWait() > 0 ? " (longest " + Words.took(way.maxWait()) + ")" : "")
                        + " · "
                        + Words.bytes(way.total().received())
                        + " in, "
                        + Words.bytes(way.total().sent())
                        + " out · "
                        + Words.count(way.total().transactions(), "transaction"),
                "class",
                "soft");
        if (way.stops().isEmpty()) {
            out.element("p", "No server is known.");
        } else {
            stops(way.stops());
        }
        out.close();
    }

    private void chip(Overview.Standing standing) {
        String colour =
                switch (standing.stand()) {
                    case UP -> "good";
                    case DOWN -> "bad";
                    case DRAIN, MAINTENANCE -> "note";
                    case PASSED_BY, UNTRIED -> "plain";
                };
        out.element("span", Words.stand(standing.stand()), "class", "chip " + colour);
    }

    private void stops(List<StopLine> stops) {
        table("Member", "Role", "State", "Since", "# Lag", "# Connections", "# Weight", "Remark");
        for (StopLine stop : stops.stream().limit(MOST).toList()) {
            out.open("tr");
            key(stop.name());
            cell("Role", stop.role().isEmpty() ? "not known" : stop.role());
            out.open("td", "data-name", "State");
            chip(stop.standing());
            out.close();
            cell("Since", Words.lasted(stop.standing().seconds()));
            number("Lag", stop.lag() < 0 ? "not known" : Words.bytes(stop.lag()));
            number(
                    "Connections",
                    Words.many(stop.servers().open()) + ", " + stop.servers().active() + " in use");
            number("Weight", Words.many(stop.weight()));
            String address = stop.host() + ":" + stop.port();
            cell("Remark", stop.why().isEmpty() ? address : stop.why() + " · " + address);
            out.close();
        }
        endTable();
        more(stops.size(), "SHOW ROUTES");
    }

    // ---- pools

    private void pools() {
        out.element("h2", "Pools").open("section", "class", "card");
        table(
                "Database / user",
                "Mode",
                "# Clients active",
                "# Clients waiting",
                "# Longest wait",
                "# Servers active",
                "# Servers idle",
                "# Servers coming or checked");
        List<PoolLine> pools =
                overview.pools().stream()
                        .sorted(
                                Comparator.<PoolLine>comparingLong(pool -> -pool.maxWait())
                                        .thenComparingInt(pool -> -pool.clients().waiting()))
                        .toList();
        for (PoolLine pool : pools.stream().limit(MOST).toList()) {
            out.open("tr");
            key(pool.database() + " / " + pool.user());
            cell("Mode", pool.poolMode());
            number("Clients active", Words.many(pool.clients().active()));
            number("Clients waiting", Words.many(pool.clients().waiting()));
            number("Longest wait", pool.maxWait() == 0 ? "–" : Words.took(pool.maxWait()));
            number("Servers active", Words.many(pool.servers().active()));
            number("Servers idle", Words.many(pool.servers().idle() + pool.servers().used()));
            number(
                    "Servers coming or checked",
                    Words.many(pool.servers().login() + pool.servers().tested()));
            out.close();
        }
        endTable();
        more(pools.size(), "SHOW POOLS");
        out.close();
    }

    // ---- how long things take

    private void latencies() {
        List<LatencyLine> measured =
                overview.latencies().stream().filter(line -> line.count() > 0).toList();
        if (measured.isEmpty()) {
            return;
        }
        List<String> parts =
                measured.stream()
                        .flatMap(line -> line.quantiles().keySet().stream())
                        .distinct()
                        .sorted()
                        .toList();
        out.element("h2", "How long things take, since the start");
        out.open("section", "class", "card");
        List<String> heads = parts.stream().map(part -> "# " + percent(part) + " within").toList();
        table(heads, "Database / user", "What", "# Count");
        for (LatencyLine line : measured.stream().limit(MOST).toList()) {
            out.open("tr");
            key(line.database() + " / " + line.user());
            cell("What", what(line.of()));
            number("Count", Words.many(line.count()));
            for (String part : parts) {
                Long micros = line.quantiles().get(part);
                number(percent(part) + " within", micros == null ? "" : Words.took(micros));
            }
            out.close();
        }
        endTable();
        more(measured.size(), "GET /metrics");
        out.close();
    }

    private static String what(Taking of) {
        return switch (of) {
            case QUERY -> "queries";
            case TRANSACTION -> "transactions";
            case WAIT -> "waits for a server";
        };
    }

    /// `0.999` is 99.9 %.
    private static String percent(String part) {
        return new BigDecimal(part).movePointRight(2).stripTrailingZeros().toPlainString() + " %";
    }

    // ---- tables

    private void table(String... heads) {
        table(List.of(), heads);
    }

    /// @param heads those that begin with `#` are over numbers
    private void table(List<String> more, String... heads) {
        out.open("table").open("thead").open("tr");
        for (String head : heads) {
            head(head);
        }
        more.forEach(this::head);
        out.close().close().open("tbody");
    }

    private void head(String head) {
        if (head.startsWith("# ")) {
            out.element("th", head.substring(2), "scope", "col", "class", "n");
        } else {
            out.element("th", head, "scope", "col");
        }
    }

    private void endTable() {
        out.close().close();
    }

    private void key(String text) {
        out.element("td", text, "class", "key");
    }

    private void cell(String name, String text) {
        out.open("td", "data-name", name).element("span", text).close();
    }

    private void number(String name, String text) {
        out.open("td", "class", "n", "data-name", name).element("span", text).close();
    }

    private void more(int all, String where) {
        if (all > MOST) {
            out.element("p", "and " + Words.many(all - MOST) + " more: " + where, "class", "soft");
        }
    }
}

package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/reference/rest.md` is made from [Route]. Run with `-Dtoomai.docs=write` to rewrite it.
class RoutesDocumentTest {
    private static final Path FILE = Path.of("..", "docs", "reference", "rest.md");

    private static String document() {
        StringBuilder text =
                new StringBuilder(
                        """
                        # REST API

                        Made from the catalogue in `api/src/main/java/io/toomai/api/rest/Route.java`; change it \
                        there. Paths, codes and texts are Patroni's, so balancers, scripts and `patronictl` go on \
                        working. Calls are told apart by method and first path segment. Calls that change \
                        something are subject to `restapi.allowlist`, client certificates and \
                        `restapi.authentication`; without any of these they are refused to other hosts \
                        (decision 0004).

                        Beside the codes below: 400 the body is not a JSON object; 401 name or password; 403 \
                        not allowed; 408 the body did not arrive in time; 411 no length; 413 more than 1 MiB; \
                        500 a fault of Toomai, see its log; 501 no such call; 503 too many calls at the same time.

                        | call | what it does | body | answers |
                        |---|---|---|---|
                        """);
        for (Route route : Route.values()) {
            String body =
                    switch (route.body()) {
                        case NONE -> "–";
                        case OPTIONAL -> "optional";
                        case REQUIRED -> "required";
                    };
            text.append("| `")
                    .append(route.call())
                    .append("` | ")
                    .append(route.meaning())
                    .append(" | ")
                    .append(body)
                    .append(" | ")
                    .append(route.answers())
                    .append(" |\n");
        }
        return text.append(
                        """

                        ## Health checks

                        The first line that fits the path decides; *contains* means anywhere in the path. `/` is \
                        `/primary`.

                        | path | 200 when |
                        |---|---|
                        | contains `standby_leader`, `standby-leader` | holds the leader key of a standby cluster |
                        | contains `leader` | holds the leader key |
                        | contains `primary`, `master`, `read-write` | holds the leader key, not in a standby cluster |
                        | contains `replica` | running replica, not tagged `noloadbalance`, within `lag` |
                        | contains `read-only`, neither `sync` nor `quorum` | as primary or standby leader, else as replica |
                        | contains `health` | PostgreSQL runs |
                        | `/sync`, `/synchronous` | as replica, and synchronous standby (mode `on`) |
                        | `/quorum` | as replica, and quorum standby |
                        | `/async`, `/asynchronous` | as replica, and neither of both |
                        | `/read-only-sync`, `/read-only-synchronous`, `/read-only-quorum` | as primary or standby \
                        leader, else as `/sync` or `/quorum` |

                        `lag=` (bytes, or with `kB`, `MB`, `GB`, `TB`) bounds what a replica may be behind; \
                        `replication_state=` must be its state; `tag_NAME=VALUE` must be a tag of it. While paused \
                        and without a store, the role of PostgreSQL decides instead of the leader key.
                        """)
                .toString();
    }

    @Test
    void theDocumentIsCurrent() throws IOException {
        if ("write".equals(System.getProperty("toomai.docs"))) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, document());
        }
        assertThat(FILE).as("rewrite it with -Dtoomai.docs=write").hasContent(document());
    }

    @Test
    void everyRouteIsFoundByItsOwnCall() {
        for (Route route : Route.values()) {
            int slash = route.call().indexOf('/');
            String path = route.call().substring(slash);
            for (String method : List.of("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")) {
                if (route.call().substring(0, slash).contains(method)) {
                    assertThat(Route.match(method, path)).as(route.call()).contains(route);
                }
            }
        }
    }
}

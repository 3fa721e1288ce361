package io.toomai.postgres.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.postgres.data.DataDirectory.Making;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir Path directory;

    private DataDirectory data() {
        return new DataDirectory(directory.resolve("data"), 17);
    }

    @Test
    void whatIsBuiltCountsOnlyWhenFinished() throws IOException {
        DataDirectory data = data();
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.NoDataDirectory.class);
        Path target = data.beginMaking(Making.CLONE);
        assertThat(target).doesNotExist();
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
        Files.createDirectories(target.resolve("global"));
        Files.writeString(target.resolve("PG_VERSION"), "17\n");
        data.moveBuiltIntoPlace();
        assertThat(target).doesNotExist();
        assertThat(data.path().resolve("PG_VERSION")).exists();
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
        data.finishMaking(Making.CLONE);
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.Unusable.class); // no pg_control
        assertThatThrownBy(() -> data.beginMaking(Making.CLONE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnfinishedOneIsBuiltAnew() throws IOException {
        DataDirectory data = data();
        Files.createDirectories(data.beginMaking(Making.BOOTSTRAP).resolve("base"));
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.UnfinishedBootstrap.class);
        assertThat(data.beginMaking(Making.CLONE)).doesNotExist();
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
    }

    @Test
    void aMarkerBesideCountsToo() {
        DataDirectory data = data();
        data.beginMakingInPlace(Making.REWIND);
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.UnfinishedClone.class);
        data.delete();
        assertThat(data.inspect()).isInstanceOf(LocalPostgres.NoDataDirectory.class);
    }

    @Test
    void foreignContentsAndVersionsAreUnusable() throws IOException {
        Path path = data().path();
        Files.createDirectories(path);
        Files.writeString(path.resolve("notes.txt"), "mine");
        assertThat(why(data())).contains("PG_VERSION");
        Files.writeString(path.resolve("PG_VERSION"), "15\n");
        assertThat(why(data())).contains("PostgreSQL 15", "bin_dir");
    }

    private static String why(DataDirectory data) {
        return ((LocalPostgres.Unusable) data.inspect()).why();
    }

    @Test
    void aBoundedNumberIsMovedAside() throws IOException {
        for (int i = 1; i <= 4; i++) {
            Files.createDirectories(data().path());
            Files.writeString(data().path().resolve("PG_VERSION"), "15\n");
            assertThat(data().moveAside("replaced", 2).directory())
                    .isEqualTo(directory.resolve("data.replaced-" + i));
        }
        assertThat(data().asides("replaced"))
                .containsExactly(
                        directory.resolve("data.replaced-3"), directory.resolve("data.replaced-4"));
    }

    @Test
    void deletingEmptiesWalAndTablespacesBehindLinksOfThisVersionOnly() throws IOException {
        Path path = data().path();
        Path wal = Files.createDirectories(directory.resolve("wal"));
        Path space = Files.createDirectories(directory.resolve("space"));
        Files.writeString(wal.resolve("000000010000000000000001"), "x");
        Files.createDirectories(space.resolve("PG_17_202406281"));
        Files.createDirectories(space.resolve("PG_15_202209061"));
        Files.createDirectories(path.resolve("pg_tblspc"));
        Files.createSymbolicLink(path.resolve("pg_wal"), wal);
        Files.createSymbolicLink(path.resolve("pg_tblspc/16384"), space);
        assertThat(data().linkedDirectories()).containsExactlyInAnyOrder(wal, space);
        data().delete();
        assertThat(path).isEmptyDirectory();
        assertThat(wal).isEmptyDirectory();
        assertThat(space).isDirectoryContaining(p -> p.endsWith("PG_15_202209061"));
        assertThat(space.resolve("PG_17_202406281")).doesNotExist();
    }
}

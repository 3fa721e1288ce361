package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import io.toomai.proxy.net.Steward.Reread;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeProxyTest {
    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    private static Settings settings(String more) {
        String yaml =
                """
                scope: batman
                name: pg1
                etcd3:
                  host: 127.0.0.1:2379
                restapi:
                  listen: 127.0.0.1:8008
                  connect_address: 127.0.0.1:8008
                postgresql:
                  listen: 127.0.0.1:5432
                  connect_address: 127.0.0.1:5432
                  data_dir: /data
                  authentication:
                    superuser: {username: postgres, password: secret}
                    replication: {username: rep}
                """
                        + more;
        return switch (SettingsFile.parse(yaml, "patroni.yml", Map.of())) {
            case LoadResult.Loaded loaded -> loaded.settings();
            case LoadResult.Rejected rejected -> throw new AssertionError(rejected);
        };
    }

    @Test
    void whatWasReadBeforeIsNotTakenForASectionThatIsMissingNow() throws Exception {
        Settings with = settings("toomai:\n  proxy:\n    listen: 127.0.0.1:0\n");
        var dcs =
                new InMemoryDcs(
                        new InMemoryStore(NodeProxyTest::now),
                        new MemberName("pg1"),
                        Duration.ofSeconds(30));
        var roll = new ProxyRoll(NodeProxyTest::now, _ -> {});
        try (dcs;
                NodeProxy proxy = NodeProxy.start(with, dcs, roll, () -> true)) {
            proxy.reload(with);
            assertThat(proxy.latest()).isInstanceOf(Reread.Read.class);
            proxy.reload(settings(""));
            assertThat(proxy.latest())
                    .isEqualTo(new Reread.Failed(List.of("toomai.proxy is missing")));
            proxy.reload(with);
            assertThat(proxy.latest()).isInstanceOf(Reread.Read.class);
        }
    }
}

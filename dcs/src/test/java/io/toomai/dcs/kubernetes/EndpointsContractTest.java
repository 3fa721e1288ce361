package io.toomai.dcs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.Dcs;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointsContractTest extends KubernetesFaultsKit {
    @Override
    Mode mode() {
        return new Mode.Endpoints("10.0.0.1", List.of(Json.object().put("port", 5432).done()));
    }

    private Json subsets() {
        return leaderStored().json().at("subsets");
    }

    @Test
    void theLeadersAddressComesAndGoesWithTheKey() {
        Dcs one = process(PG1);
        read(one); // so that its own pod is known
        assertHeld(one.acquireLeader(TIMEOUT));
        Json address = subsets().at(0).at("addresses").at(0);
        assertThat(address.textAt("ip")).isEqualTo("10.0.0.1");
        assertThat(address.at("targetRef").textAt("name")).isEqualTo("pg1");
        assertThat(subsets().at(0).at("ports").at(0).longAt("port")).hasValue(5432);
        cluster().put(namespace, kind(), leaderObject(), emptied());
        assertThat(subsets().items()).isEmpty();
        annotate(leaderObject(), "note", Json.of("so that it is looked at"));
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(subsets().items()).hasSize(1);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertThat(subsets().items()).isEmpty();
    }

    private static Json.Obj emptied() {
        return Json.object().put("subsets", new Json.Arr(List.of())).done();
    }

    @Test
    void aServiceKeepsTheConfiguration() {
        process(PG1);
        await().atMost(Duration.ofSeconds(40))
                .until(() ->
                        cluster().object(namespace, "services", SCOPE + "-config").isPresent());
    }
}

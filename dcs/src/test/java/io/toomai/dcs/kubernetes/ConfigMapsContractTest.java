package io.toomai.dcs.kubernetes;

import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;

class ConfigMapsContractTest extends KubernetesFaultsKit {
    @Override
    Mode mode() {
        return new Mode.ConfigMaps();
    }
}

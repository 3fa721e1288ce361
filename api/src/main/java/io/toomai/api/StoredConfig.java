package io.toomai.api;

import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Versioned;
import io.toomai.settings.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The few dynamic settings that documents and checks take from the stored configuration itself,
/// because they are made from a fresh view that the agent has not digested yet.
record StoredConfig(Json.Obj json) {
    private static final List<String> STANDBY_KEYS = List.of("host", "port", "restore_command");
    private static final List<String> TRUE_WORDS = List.of("true", "on", "yes", "1");

    static StoredConfig of(ClusterView view) {
        return new StoredConfig(
                view.config()
                        .map(Versioned::value)
                        .flatMap(Json::parseObject)
                        .orElse(Json.Obj.EMPTY));
    }

    boolean isPaused() {
        return isTrue("pause");
    }

    SynchronousMode synchronousMode() {
        if (isStandbyCluster()) {
            return SynchronousMode.OFF; // contract §4.10
        }
        if (word("synchronous_mode").filter("quorum"::equals).isPresent()) {
            return SynchronousMode.QUORUM;
        }
        return isTrue("synchronous_mode") ? SynchronousMode.ON : SynchronousMode.OFF;
    }

    boolean isStandbyCluster() {
        Json section = json.at("standby_cluster");
        return STANDBY_KEYS.stream().anyMatch(key -> !section.textAt(key).isEmpty());
    }

    private boolean isTrue(String key) {
        return word(key).filter(TRUE_WORDS::contains).isPresent();
    }

    private Optional<String> word(String key) {
        return json.scalarAt(key).map(text -> text.strip().toLowerCase(Locale.ROOT));
    }
}

package io.toomai.api;

import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Versioned;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The few dynamic settings that documents and checks take from the stored configuration itself,
/// because they are made from a fresh view that the agent has not digested yet.
record StoredConfig(ObjectNode json) {
    private static final List<String> STANDBY_KEYS = List.of("host", "port", "restore_command");
    private static final List<String> TRUE_WORDS = List.of("true", "on", "yes", "1");

    static StoredConfig of(ClusterView view) {
        return new StoredConfig(
                view.config()
                        .map(Versioned::value)
                        .flatMap(Json::parseObject)
                        .orElseGet(Json::object));
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
        return json.optional("standby_cluster")
                .filter(section -> STANDBY_KEYS.stream().anyMatch(key -> isFilled(section, key)))
                .isPresent();
    }

    private static boolean isFilled(JsonNode section, String key) {
        return Json.text(section, key).filter(text -> !text.isEmpty()).isPresent();
    }

    private boolean isTrue(String key) {
        return word(key).filter(TRUE_WORDS::contains).isPresent();
    }

    private Optional<String> word(String key) {
        return Json.text(json, key).map(text -> text.strip().toLowerCase(Locale.ROOT));
    }
}

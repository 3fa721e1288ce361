package io.toomai.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.json.Json;
import org.junit.jupiter.api.Test;

class ConfigEditTest {
    private static Json.Obj object(String json) {
        return (Json.Obj) Json.parse(json);
    }

    @Test
    void setsDottedPaths() {
        Json.Obj config = object("{\"ttl\": 30}");
        assertThat(ConfigEdit.set(config, "standby_cluster.host", Json.of("h")).compact())
                .isEqualTo("{\"ttl\":30,\"standby_cluster\":{\"host\":\"h\"}}");
    }

    @Test
    void parameterNamesMayHaveDots() {
        assertThat(
                        ConfigEdit.set(
                                        Json.Obj.EMPTY,
                                        "postgresql.parameters.auto_explain.log_analyze",
                                        new Json.Bool(true))
                                .compact())
                .isEqualTo("{\"postgresql\":{\"parameters\":{\"auto_explain.log_analyze\":true}}}");
    }

    @Test
    void nullRemovesAndLeavesNoEmptyObject() {
        Json.Obj config = object("{\"a\": {\"b\": 1}, \"ttl\": 30}");
        assertThat(ConfigEdit.set(config, "a.b", Json.Null.VALUE).compact())
                .isEqualTo("{\"ttl\":30}");
    }

    @Test
    void patchLeadsFromOneToTheOther() {
        Json.Obj before = object("{\"a\": {\"b\": 1, \"c\": 2}, \"d\": [1], \"e\": 1}");
        Json.Obj after = object("{\"e\": 1, \"a\": {\"b\": 1, \"x\": {\"y\": 1}}, \"d\": [2]}");
        Json.Obj patch = ConfigEdit.patch(before, after).orElseThrow();
        assertThat(patch.compact()).isEqualTo("{\"a\":{\"c\":null,\"x\":{\"y\":1}},\"d\":[2]}");
    }

    @Test
    void keptNullNeedsMoreThanAPatch() {
        Json.Obj before = object("{\"slots\": {\"b\": 1}}");
        assertThat(ConfigEdit.patch(before, object("{\"slots\": {\"b\": 1, \"a\": null}}")))
                .isEmpty();
    }
}

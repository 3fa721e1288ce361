package io.toomai.dcs.document;

import io.toomai.core.model.MemberName;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `failsafe` (contract §1.2): each member's status URL, as the leader last saw them.
public final class FailsafeDocument {
    private FailsafeDocument() {}

    public static String write(Map<MemberName, String> apiUrls) {
        ObjectNode json = DocumentJson.object();
        new TreeMap<>(apiUrls).forEach((name, url) -> json.put(name.value(), url));
        return DocumentJson.text(json);
    }

    public static NavigableMap<MemberName, String> read(String text) {
        NavigableMap<MemberName, String> apiUrls = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : DocumentJson.parse(text).properties()) {
            if (entry.getValue().isString()) {
                DocumentJson.name(entry.getKey())
                        .ifPresent(name -> apiUrls.put(name, entry.getValue().stringValue()));
            }
        }
        return apiUrls;
    }
}

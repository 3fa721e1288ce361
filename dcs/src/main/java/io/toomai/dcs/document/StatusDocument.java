package io.toomai.dcs.document;

import io.toomai.core.cluster.Status;
import io.toomai.core.model.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `status` (contract §1.2, §1.5). A bare integer is the legacy form: the position alone.
public final class StatusDocument {
    private static final String OPTIME = "optime";
    private static final String SLOTS = "slots";
    private static final String RETAIN_SLOTS = "retain_slots";

    private StatusDocument() {}

    public static String write(Status status) {
        ObjectNode json = DocumentJson.object();
        json.put(OPTIME, status.optime().bytes());
        if (!status.slots().isEmpty()) {
            ObjectNode slots = json.putObject(SLOTS);
            status.slots().forEach((slot, lsn) -> slots.put(slot, lsn.bytes()));
        }
        if (!status.retainSlots().isEmpty()) {
            ArrayNode retained = json.putArray(RETAIN_SLOTS);
            status.retainSlots().forEach(retained::add);
        }
        return DocumentJson.text(json);
    }

    public static Status read(String text) {
        JsonNode json = DocumentJson.parse(text);
        if (!json.isObject()) {
            return new Status(DocumentJson.lsn(json).orElse(Lsn.ZERO), Map.of(), List.of());
        }
        return new Status(
                DocumentJson.lsn(json.path(OPTIME)).orElse(Lsn.ZERO),
                slots(DocumentJson.unwrapped(json.path(SLOTS))),
                names(DocumentJson.unwrapped(json.path(RETAIN_SLOTS))));
    }

    private static Map<String, Lsn> slots(JsonNode json) {
        Map<String, Lsn> slots = new TreeMap<>();
        for (Map.Entry<String, JsonNode> slot : json.properties()) {
            DocumentJson.lsn(slot.getValue()).ifPresent(lsn -> slots.put(slot.getKey(), lsn));
        }
        return slots;
    }

    private static List<String> names(JsonNode json) {
        List<String> names = new ArrayList<>();
        if (json.isArray()) {
            for (JsonNode name : json) {
                if (name.isString()) {
                    names.add(name.stringValue());
                }
            }
        }
        return names;
    }
}

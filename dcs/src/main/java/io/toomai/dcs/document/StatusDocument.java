package io.toomai.dcs.document;

import io.toomai.core.cluster.Status;
import io.toomai.core.model.Lsn;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `status` (contract §1.2, §1.5). A bare integer is the legacy form: the position alone.
public final class StatusDocument {
    private static final String OPTIME = "optime";
    private static final String SLOTS = "slots";
    private static final String RETAIN_SLOTS = "retain_slots";

    private StatusDocument() {}

    public static String write(Status status) {
        JsonFields json = Json.object();
        json.put(OPTIME, status.optime().bytes());
        if (!status.slots().isEmpty()) {
            JsonFields slots = Json.object();
            status.slots().forEach((slot, lsn) -> slots.put(slot, lsn.bytes()));
            json.put(SLOTS, slots.done());
        }
        if (!status.retainSlots().isEmpty()) {
            json.put(RETAIN_SLOTS, Json.texts(status.retainSlots().stream()));
        }
        return json.done().compact();
    }

    public static Status read(String text) {
        Json json = DocumentJson.parse(text);
        if (!(json instanceof Json.Obj)) {
            return new Status(DocumentJson.lsn(json).orElse(Lsn.ZERO), Map.of(), List.of());
        }
        return new Status(
                DocumentJson.lsn(json.at(OPTIME)).orElse(Lsn.ZERO),
                slots(DocumentJson.unwrapped(json.at(SLOTS))),
                names(DocumentJson.unwrapped(json.at(RETAIN_SLOTS))));
    }

    private static Map<String, Lsn> slots(Json json) {
        Map<String, Lsn> slots = new TreeMap<>();
        json.entries()
                .forEach((slot, position) ->
                        DocumentJson.lsn(position).ifPresent(lsn -> slots.put(slot, lsn)));
        return slots;
    }

    private static List<String> names(Json json) {
        return json.items().stream().flatMap(name -> name.string().stream()).toList();
    }
}

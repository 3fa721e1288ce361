package io.toomai.dcs.document;

import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// `failsafe` (contract §1.2): each member's status URL, as the leader last saw them.
public final class FailsafeDocument {
    private FailsafeDocument() {}

    public static String write(Map<MemberName, String> apiUrls) {
        JsonFields json = Json.object();
        new TreeMap<>(apiUrls).forEach((name, url) -> json.put(name.value(), url));
        return json.done().compact();
    }

    public static NavigableMap<MemberName, String> read(String text) {
        NavigableMap<MemberName, String> apiUrls = new TreeMap<>();
        DocumentJson.parse(text)
                .entries()
                .forEach((name, url) ->
                        url.string()
                                .ifPresent(told ->
                                        DocumentJson.name(name)
                                                .ifPresent(known -> apiUrls.put(known, told))));
        return apiUrls;
    }
}

package io.toomai.dcs.document;

import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.TreeMap;

/// `failsafe` (contract §1.2): each member's status URL, as the leader last saw them.
public final class FailsafeDocument {
    private FailsafeDocument() {}

    public static String write(FailsafeMembers members) {
        JsonFields json = Json.object();
        members.apiUrls().forEach((name, url) -> json.put(name.value(), url));
        return json.done().compact();
    }

    public static FailsafeMembers read(String text) {
        TreeMap<MemberName, String> apiUrls = new TreeMap<>();
        DocumentJson.parse(text)
                .entries()
                .forEach((name, url) ->
                        url.string()
                                .ifPresent(told ->
                                        DocumentJson.name(name)
                                                .ifPresent(known -> apiUrls.put(known, told))));
        return new FailsafeMembers(apiUrls);
    }
}

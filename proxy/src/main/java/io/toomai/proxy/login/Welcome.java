package io.toomai.proxy.login;

import java.util.LinkedHashMap;
import java.util.Map;

/// What a server says of itself when a login has succeeded.
///
/// @param parameters as reported, in their order
/// @param process and
/// @param key with which its work is cancelled; a secret
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Welcome(Map<String, String> parameters, int process, byte[] key) {
    public Welcome {
        parameters = new LinkedHashMap<>(parameters);
    }

    @Override
    public String toString() {
        return "Welcome[process=" + process + ", parameters=" + parameters + "]";
    }
}

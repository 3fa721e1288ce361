package io.toomai.proxy.session;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;

/// One object for all parameters that say the same, so that whether a server is as a client wants
/// it is a comparison of two references. Keeps what somebody uses and no more. Not thread safe:
/// belongs to an event loop.
public final class ParameterTable {
    private final Map<Parameters, WeakReference<Parameters>> known = new WeakHashMap<>();

    Parameters same(Parameters as) {
        WeakReference<Parameters> there = known.get(as);
        Parameters found = there == null ? null : there.get();
        if (found != null) {
            return found;
        }
        known.put(as, new WeakReference<>(as));
        return as;
    }
}

package io.toomai.dcs.document;

import io.toomai.core.cluster.Initialize;
import io.toomai.core.model.SystemIdentifier;

/// `initialize` (contract §1.2): plain text, empty while a bootstrap runs.
public final class InitializeDocument {
    /// Written by the member that won the right to bootstrap.
    public static final String IN_PROGRESS = "";

    private InitializeDocument() {}

    public static String write(SystemIdentifier system) {
        return system.digits();
    }

    public static Initialize read(String text) {
        if (text.isEmpty()) {
            return new Initialize.InProgress();
        }
        return SystemIdentifier.isValid(text)
                ? new Initialize.Done(new SystemIdentifier(text))
                : new Initialize.Garbage(text);
    }
}

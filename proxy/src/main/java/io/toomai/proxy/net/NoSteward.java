package io.toomai.proxy.net;

import java.util.List;

/// Where the proxy is a part of something else, which reads the settings and ends the process.
final class NoSteward implements Steward {
    @Override
    public Reread reread() {
        return new Reread.Failed(List.of("whoever runs this proxy reads its settings"));
    }

    @Override
    public void end() {}
}

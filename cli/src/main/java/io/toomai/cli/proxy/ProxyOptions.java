package io.toomai.cli.proxy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How the proxy is to be run.
///
/// @param verbosity how often `-v` was said
/// @param user who it should run as; the launcher has seen to it
record ProxyOptions(
        Path file, Terminal terminal, Start start, int verbosity, Optional<String> user) {
    /// Whether it logs to standard error.
    enum Terminal {
        LOGS,
        QUIET
    }

    /// Whether another one runs that is to make place.
    enum Start {
        ALONE,
        TAKE_OVER
    }

    static ProxyOptions of(Path file) {
        return new ProxyOptions(
                file.toAbsolutePath(), Terminal.LOGS, Start.ALONE, 0, Optional.empty());
    }

    /// The words that run it so in the foreground, without a terminal.
    List<String> inForeground() {
        List<String> words = new ArrayList<>(List.of("proxy", "-q"));
        if (start == Start.TAKE_OVER) {
            words.add("-R");
        }
        for (int i = 0; i < verbosity; i++) {
            words.add("-v");
        }
        user.ifPresent(name -> words.addAll(List.of("-u", name)));
        words.add(file.toString());
        return words;
    }
}

package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The names of this machine's users by their numbers. The system's own program is asked, so that
/// users count that are kept elsewhere than in `/etc/passwd`. Belongs to the first wing's event
/// loop.
final class SystemUsers {
    private static final int PATIENCE_SECONDS = 10;

    private final EventLoop loop;

    SystemUsers(EventLoop loop) {
        this.loop = loop;
    }

    void name(int number, Consumer<Optional<String>> then) {
        Aside.await(loop, () -> ask(number), name -> then.accept(name.flatMap(n -> n)));
    }

    private static Optional<String> ask(int number) throws IOException, InterruptedException {
        Process program =
                new ProcessBuilder("getent", "passwd", Integer.toUnsignedString(number))
                        .redirectErrorStream(true)
                        .start();
        try {
            if (!program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || program.exitValue() != 0) {
                return Optional.empty();
            }
            byte[] line = program.getInputStream().readNBytes(1024);
            String name = new String(line, StandardCharsets.UTF_8).split(":", 2)[0];
            return Optional.of(name).filter(text -> !text.isEmpty());
        } finally {
            program.destroyForcibly();
        }
    }
}

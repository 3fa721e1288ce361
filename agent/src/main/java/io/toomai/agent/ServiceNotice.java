package io.toomai.agent;

import io.toomai.core.model.MonoTime;
import io.toomai.postgres.os.Errno;
import io.toomai.postgres.os.NotifySocket;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd how the agent is (contract §3.3, `Type=notify`). Without one nothing is told.
/// Ready means that the agent looks after this node, not that the cluster has a leader: else the
/// first nodes of a cluster would never count as started. Thread-safe; never waits.
public final class ServiceNotice {
    private static final Logger log = LoggerFactory.getLogger(ServiceNotice.class);

    private final Optional<NotifySocket> socket;

    private ServiceNotice(Optional<NotifySocket> socket) {
        this.socket = socket;
    }

    /// @param environment of the process: `NOTIFY_SOCKET`
    public static ServiceNotice of(Map<String, String> environment) {
        Optional<String> name =
                Optional.ofNullable(environment.get("NOTIFY_SOCKET")).filter(n -> !n.isEmpty());
        try {
            return new ServiceNotice(name.map(NotifySocket::named));
        } catch (IllegalArgumentException e) {
            log.warn("the service manager is not told how the agent is: {}", e.getMessage());
            return new ServiceNotice(Optional.empty());
        }
    }

    public void ready() {
        tell("READY=1");
    }

    void reloading(MonoTime now) {
        tell("RELOADING=1\nMONOTONIC_USEC=" + now.nanos() / 1000);
    }

    public void stopping() {
        tell("STOPPING=1");
    }

    private void tell(String message) {
        socket.map(s -> s.tell(message))
                .filter(Errno::isError)
                .ifPresent(errno ->
                        log.warn(
                                "the service manager could not be told {}: {}; it may take this"
                                        + " service for one that hangs",
                                message.lines().findFirst().orElse(""),
                                errno));
    }
}

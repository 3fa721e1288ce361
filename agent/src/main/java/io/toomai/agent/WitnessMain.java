package io.toomai.agent;

import io.toomai.agent.log.LogSetup;
import io.toomai.agent.store.StoreConnection;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.settings.ConfigReport;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.StoreNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `toomai witness FILE`: runs one member of the embedded store and nothing else. It has no
/// PostgreSQL, no member key and no REST API: it only helps the others to a majority.
public final class WitnessMain {
    private static final Logger log = LoggerFactory.getLogger(WitnessMain.class);

    private WitnessMain() {}

    /// Runs until the process is asked to stop.
    ///
    /// @return exit status
    public static int run(Path file, Map<String, String> environment) {
        return switch (SettingsFile.loadStoreNode(file, environment)) {
            case StoreNode.Loading.Refused(var why) -> {
                System.err.print(ConfigReport.render(why));
                yield 1;
            }
            case StoreNode.Loading.Loaded(var node, var warnings) -> {
                LogSetup.apply(node.log());
                warnings.forEach(w -> log.warn("{}", w));
                int status = run(node, ServiceNotice.of(environment));
                LogSetup.close();
                yield status;
            }
        };
    }

    /// A signal is how a witness is asked to stop, and no failure.
    private static void end() {
        Runtime.getRuntime().halt(0); // style: a hook cannot set the status otherwise
    }

    private static int run(StoreNode node, ServiceNotice notice) {
        try {
            EmbeddedStore store = StoreConnection.member(node.store());
            Runtime.getRuntime()
                    .addShutdownHook(
                            Thread.ofPlatform()
                                    .name("stop")
                                    .unstarted(() -> {
                                        notice.stopping();
                                        store.close();
                                        LogSetup.close();
                                        end();
                                    }));
            log.info("{} witness: runs member {}", node.name(), node.store().id().orElseThrow());
            notice.ready();
            new CountDownLatch(1).await(); // the hook ends the process
            return 0;
        } catch (IOException | DcsException e) {
            log.error("{} witness: cannot run: {}", node.name(), e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }
}

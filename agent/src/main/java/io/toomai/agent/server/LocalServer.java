package io.toomai.agent.server;

import io.toomai.agent.hooks.Standing;
import io.toomai.core.cluster.History;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.ha.Upstream;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.settings.PostgresSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The local PostgreSQL as the command runner uses it: knows how, never whether. Every call is
/// bounded; failures are [ServerException] or the adapter's own unchecked exception with a message
/// for an operator. Long calls end early with an exception when their thread is interrupted.
public interface LocalServer extends Pledging {

    /// Whether this node may have a primary at this moment.
    @FunctionalInterface
    interface Permission {
        boolean holds();

        /// Where no lease is at stake: a bootstrap, or a restart in maintenance mode.
        Permission ALWAYS = () -> true;
    }

    /// PostgreSQL's major version, e.g. 17.
    int major();

    /// Whether diverged data can be mended here by pg_rewind.
    boolean canRewind();

    /// The dynamic configuration of an earlier run, else what `bootstrap.dcs` says.
    String cachedConfig();

    /// Keeps the dynamic configuration beside the data, for starts without a store.
    void rememberConfig(String json);

    /// Logs in with the passwords of a settings file that was read again, from the next connection
    /// on. Any thread.
    void logIn(PostgresSettings reread);

    /// Renders files at the next `applyConfiguration` even where nothing seems to have changed:
    /// somebody may have edited them.
    void forceConfiguration();

    /// What PostgreSQL is now. Never throws for a state of the world.
    LocalPostgres observe(Duration timeout);

    /// What REST tells beyond that, from the latest observation; waits for nothing.
    ServerDetails details();

    /// Where WAL ends at this moment; empty where PostgreSQL does not tell within the patience. Any
    /// thread.
    Optional<WalEnd> walEnd(Duration patience);

    /// Whether the primary serves its clients, by the latest checks beside the loop; waits for
    /// nothing.
    ///
    /// @param probeTimeout `toomai.probe_timeout` in force
    /// @param loopWait checks are no further apart than this
    Serving serving(Duration probeTimeout, Duration loopWait);

    /// Ends everything that could confirm a commit, within about a second: the postmaster, and its
    /// children where it died without them. Processes that hang in the kernel count as ended when
    /// SIGKILL is pending on them: they never run again. Callable from any thread, also while
    /// another call runs.
    ///
    /// @throws ServerException when a process may still run
    void fence();

    /// As `fence`, but a standby that nobody has told to promote goes on: nothing is written there.
    /// For the end of a lease; waits for no disk.
    void endWriting();

    /// Ends the children of a postmaster that died without them, within about two seconds; one that
    /// lives is left alone.
    ///
    /// @throws ServerException when a process may still run
    void endOrphans();

    /// Called, on some thread, soon after the postmaster's death, and when the primary ceases to
    /// serve or serves again.
    void onExit(Runnable listener);

    /// What this node is to the cluster at the end of a cycle; the operator's callbacks follow.
    void settled(Standing standing);

    /// The agent ends: waits a little for a callback that runs.
    void awaitCallbacks() throws InterruptedException;

    // ---- a running server, at once

    /// Takes new settings; `isConfigurationCurrent` tells when they differ from what runs.
    void configure(ServerConfiguration configuration);

    boolean isConfigurationCurrent();

    /// Renders files, and reloads where they changed or may have been changed by others.
    void applyConfiguration();

    void follow(Upstream upstream);

    /// Sets the parameter and waits until it is in force, a second at most.
    void setSynchronousStandbyNames(String names);

    /// Takes the plan and returns; it is carried out beside, as far as the server allows.
    void ensureSlots(SlotPlan plan);

    void resumeReplay();

    /// The history of the running timeline, oldest switch first; the last line carries a timestamp
    /// and this member's name.
    List<History.Line> history(Timeline timeline);

    // ---- long

    void checkpoint();

    /// Runs the operator's `pre_promote`; returns where the promotion may begin.
    ///
    /// @param patience after which it is ended and counts as failed
    void askPrePromote(Duration patience);

    /// @param permission asked at the very moment of telling, with no fence in between (I1)
    void promote(Permission permission);

    void startAsStandby(Upstream upstream);

    /// @param permission asked at the very moment of spawning, with no fence in between (I1)
    void startAsPrimary(Permission permission);

    void stop(Command.Stop how);

    void restart(Duration timeout, Permission permission);

    /// Fetches logical slots from the leader and restarts this standby with them; touches nothing
    /// where the leader has none of them.
    void copySlots(Command.CopySlots copy, Consumer<String> progress);

    void bootstrap(Consumer<String> progress);

    /// By the operator's methods, in their order.
    void cloneFrom(Command.Source source, Consumer<String> progress);

    /// Makes a replica of that cluster from a backup, by the operator's methods that need no
    /// running server.
    void restore(SystemIdentifier system, Consumer<String> progress);

    void rewind(Command.Source source, Consumer<String> progress);

    /// Moves the data aside (or removes it where there is no room for both) and clones; a first
    /// method that builds on the old data gets it.
    void replaceWithClone(Command.Source source, Consumer<String> progress);

    /// Moves the leftovers of a bootstrap or clone that never finished out of the way.
    void discardUnfinished();

    /// Copies the first data of a standby cluster from the cluster that it follows.
    void bootstrapFrom(Upstream remote, Consumer<String> progress);

    /// Asks a server over the network who it is; empty where it does not answer in seconds.
    Optional<ServerIdentity> identity(Command.Source source);

    /// Asks what a standby cluster follows; ends within seconds for each server.
    RemoteReading readRemote(Upstream remote);
}

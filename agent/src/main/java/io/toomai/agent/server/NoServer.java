package io.toomai.agent.server;

import io.toomai.agent.hooks.Standing;
import io.toomai.core.cluster.History;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Pledge;
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

/// A node without PostgreSQL: its data directory is empty and stays so. For the rehearsal and tests
/// of what lies around a server.
public final class NoServer implements LocalServer {
    private static final int NEWEST = 18;

    private static ServerException none() {
        return new ServerException("there is no PostgreSQL here");
    }

    @Override
    public int major() {
        return NEWEST;
    }

    @Override
    public boolean canRewind() {
        return false;
    }

    @Override
    public String cachedConfig() {
        return "{\"ttl\":5,\"loop_wait\":1,\"retry_timeout\":2}";
    }

    @Override
    public void rememberConfig(String json) {}

    @Override
    public void logIn(PostgresSettings reread) {}

    @Override
    public void forceConfiguration() {}

    @Override
    public LocalPostgres observe(Duration timeout) {
        return new LocalPostgres.NoDataDirectory();
    }

    @Override
    public ServerDetails details() {
        return ServerDetails.NONE;
    }

    @Override
    public Optional<WalEnd> walEnd(Duration patience) {
        return Optional.empty();
    }

    @Override
    public Serving serving(Duration probeTimeout, Duration loopWait) {
        return new Serving.NotProbed();
    }

    @Override
    public void fence() {}

    @Override
    public void endWriting() {}

    @Override
    public void endOrphans() {}

    @Override
    public void onExit(Runnable listener) {}

    @Override
    public void settled(Standing standing) {}

    @Override
    public void awaitCallbacks() {}

    @Override
    public void configure(ServerConfiguration configuration) {}

    @Override
    public boolean isConfigurationCurrent() {
        return true;
    }

    @Override
    public void applyConfiguration() {
        throw none();
    }

    @Override
    public void follow(Upstream upstream) {
        throw none();
    }

    @Override
    public void setSynchronousStandbyNames(String names) {
        throw none();
    }

    @Override
    public void ensureSlots(SlotPlan plan) {
        throw none();
    }

    @Override
    public void copySlots(Command.CopySlots copy, Consumer<String> progress) {
        throw none();
    }

    @Override
    public void resumeReplay() {
        throw none();
    }

    @Override
    public List<History.Line> history(Timeline timeline) {
        return List.of();
    }

    @Override
    public void checkpoint() {
        throw none();
    }

    @Override
    public void askPrePromote(Duration patience) {
        throw none();
    }

    @Override
    public void promote(Permission permission) {
        throw none();
    }

    @Override
    public void startAsStandby(Upstream upstream) {
        throw none();
    }

    @Override
    public void startAsPrimary(Permission permission) {
        throw none();
    }

    @Override
    public void stop(Command.Stop how) {}

    @Override
    public void restart(Duration timeout, Permission permission) {
        throw none();
    }

    @Override
    public void bootstrap(Consumer<String> progress) {
        throw none();
    }

    @Override
    public void cloneFrom(Command.Source source, Consumer<String> progress) {
        throw none();
    }

    @Override
    public void restore(SystemIdentifier system, Consumer<String> progress) {
        throw none();
    }

    @Override
    public void rewind(Command.Source source, Consumer<String> progress) {
        throw none();
    }

    @Override
    public void replaceWithClone(Command.Source source, Consumer<String> progress) {
        throw none();
    }

    @Override
    public void discardUnfinished() {}

    @Override
    public void bootstrapFrom(Upstream remote, Consumer<String> progress) {
        throw none();
    }

    @Override
    public Optional<ServerIdentity> identity(Command.Source source) {
        return Optional.empty();
    }

    @Override
    public RemoteReading readRemote(Upstream remote) {
        return RemoteReading.NOT_ASKED;
    }

    @Override
    public Optional<Pledge> pledge() {
        return Optional.empty();
    }

    @Override
    public Optional<Pledge> provenPledge() {
        return Optional.empty();
    }

    @Override
    public void makePledge(Pledge pledge) {
        throw none();
    }

    @Override
    public void withdrawPledge() {}
}

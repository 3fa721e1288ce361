package io.toomai.settings;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Tree;
import java.util.List;
import java.util.Optional;

/// Everything a node's file and environment say, checked and complete. Immutable: a reload makes a
/// new one. Build it with `SettingsFile.load`.
///
/// @param written file and environment as one document, older names replaced
public record Settings(
        MemberName name,
        String scope,
        String namespace,
        RestApiSettings restapi,
        CtlSettings ctl,
        BootstrapSettings bootstrap,
        PostgresSettings postgresql,
        Tags tags,
        LogSettings log,
        WatchdogSettings watchdog,
        ConsensusStore store,
        ToomaiSettings toomai,
        Optional<CitusSettings> citus,
        Tree.Mapping written) {
    /// Where this member finds its cluster.
    public StorePlace place() {
        return new StorePlace(
                store, namespace, scope, citus.map(CitusSettings::group), name, toomai.dataDir());
    }

    /// The keys whose value is another one in `next` and counts only after a restart of the agent.
    public List<String> changesForRestart(Settings next) {
        return changesForRestart(written, next.written);
    }

    static List<String> changesForRestart(Tree.Mapping written, Tree.Mapping next) {
        Values before = new Values(written);
        Values after = new Values(next);
        return Catalogue.INSTANCE.keys().stream()
                .filter(key -> key.apply() == Key.Apply.RESTART)
                .map(Key::path)
                .filter(path -> !contents(before, path).equals(contents(after, path)))
                .toList();
    }

    /// File and environment together as JSON, without secrets.
    public String shown() {
        return JsonText.write(Unsecret.of(written));
    }

    private static Optional<String> contents(Values values, String path) {
        return values.at(path).map(JsonText::write);
    }
}

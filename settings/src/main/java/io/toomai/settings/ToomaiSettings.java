package io.toomai.settings;

import java.nio.file.Path;

/// The rest of the `toomai` section.
///
/// @param dataDir the agent's own state: journal, cache of peers
/// @param journalViews how many views the journal keeps
public record ToomaiSettings(Path dataDir, int journalViews) {}

package io.toomai.dcs.embedded;

/// Whether a member of the store counts for its majority.
public enum StoreRole {
    VOTER("participant", "voter"),
    /// Has all data, serves its own clients, and decides nothing.
    OBSERVER("observer", "observer");

    private final String word;
    private final String title;

    StoreRole(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /// ZooKeeper's word.
    String word() {
        return word;
    }

    /// Our word, as in the settings.
    public String title() {
        return title;
    }

    static StoreRole of(String word) {
        return word.equals(OBSERVER.word) ? OBSERVER : VOTER;
    }
}

package io.toomai.proxy.net;

/// What clients do before a program, and what happens meanwhile.
///
/// @param setting lines of `[pgbouncer]` that it needs, over those of all
record Scene(String name, String setting, Script script) {
    /// Told by what the clients say.
    interface Script {
        void play(Stage stage) throws Exception;
    }

    static Scene of(String name, Script script) {
        return new Scene(name, "", script);
    }

    static Scene with(String setting, String name, Script script) {
        return new Scene(name, setting, script);
    }

    @Override
    public String toString() {
        return name;
    }
}

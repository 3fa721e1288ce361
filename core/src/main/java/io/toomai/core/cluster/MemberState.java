package io.toomai.core.cluster;

/// The `state` of a member as Patroni spells it (contract §1.3).
public enum MemberState {
    INITIALIZING("initializing new cluster"),
    INITDB_FAILED("initdb failed"),
    CUSTOM_BOOTSTRAP("running custom bootstrap script"),
    CUSTOM_BOOTSTRAP_FAILED("custom bootstrap failed"),
    CREATING_REPLICA("creating replica"),
    RUNNING("running"),
    STARTING("starting"),
    STARTING_AFTER_CUSTOM_BOOTSTRAP("starting after custom bootstrap"),
    START_FAILED("start failed"),
    RESTARTING("restarting"),
    RESTART_FAILED("restart failed"),
    STOPPING("stopping"),
    STOPPED("stopped"),
    STOP_FAILED("stop failed"),
    CRASHED("crashed"),
    UNKNOWN("unknown");

    private final String text;

    MemberState(String text) {
        this.text = text;
    }

    /// The outside spelling.
    public String text() {
        return text;
    }

    /// The state of that spelling; `UNKNOWN` for anything else, as Patroni's readers do.
    public static MemberState of(String text) {
        for (MemberState state : values()) {
            if (state.text.equals(text)) {
                return state;
            }
        }
        return UNKNOWN;
    }
}

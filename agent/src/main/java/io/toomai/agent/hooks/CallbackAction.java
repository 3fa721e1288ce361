package io.toomai.agent.hooks;

/// Occasions of callbacks, as the settings and the commands' first argument name them.
public enum CallbackAction {
    ON_START("on_start"),
    ON_STOP("on_stop"),
    ON_RESTART("on_restart"),
    ON_RELOAD("on_reload"),
    ON_ROLE_CHANGE("on_role_change");

    private final String text;

    CallbackAction(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}

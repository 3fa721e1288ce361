package io.toomai.proxy.route;

/// Why no new connection of a route goes to a member.
public enum Obstacle {
    MAINTENANCE("an operator has it in maintenance"),
    DRAIN("an operator drains it"),
    AWAY("its PostgreSQL does not run"),
    NOT_PRIMARY("it is not the primary"),
    /// Reads go to replicas while one is fit, or may not go anywhere else.
    IS_PRIMARY("it is the primary"),
    NO_WEIGHT("its tag proxy_weight is 0"),
    NO_LOAD_BALANCE("it has the tag noloadbalance"),
    OTHER_TAGS("it lacks a tag that the route wants"),
    LAG_UNKNOWN("nobody knows how far it is behind"),
    LAG("it is too far behind"),
    OLD_TIMELINE("it is on an older timeline"),
    /// By its tag `proxy_backup`.
    IS_BACKUP("it is a backup, and others are fit");

    private final String sentence;

    Obstacle(String sentence) {
        this.sentence = sentence;
    }

    /// For pages and tables.
    public String sentence() {
        return sentence;
    }
}

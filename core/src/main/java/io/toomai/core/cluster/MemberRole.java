package io.toomai.core.cluster;

/// The `role` of a member as Patroni spells it (contract §1.3).
public enum MemberRole {
    PRIMARY("primary"),
    REPLICA("replica"),
    STANDBY_LEADER("standby_leader"),
    DEMOTED("demoted"),
    PROMOTED("promoted"),
    UNINITIALIZED("uninitialized");

    private final String text;

    MemberRole(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }

    /// The role of that spelling; the old word for primary is understood, anything else is a
    /// replica.
    public static MemberRole of(String text) {
        for (MemberRole role : values()) {
            if (role.text.equals(text)) {
                return role;
            }
        }
        return text.equals("master") ? PRIMARY : REPLICA; // style: contract §1.3 spells it so
    }
}

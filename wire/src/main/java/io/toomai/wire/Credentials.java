package io.toomai.wire;

/// Who connects, and with what password (empty: none). Never prints the password.
public record Credentials(String user, String password) {
    public Credentials {
        if (user.isEmpty()) {
            throw new IllegalArgumentException("the user name must not be empty");
        }
    }

    @Override
    public String toString() {
        return "Credentials[user=" + user + ", password=***]";
    }
}

package io.toomai.core.model;

/// A password or token. Never prints itself; `reveal` is called only where it is used.
public record Secret(String reveal) {
    @Override
    public String toString() {
        return "***";
    }
}

package io.toomai.wire;

/// A timeline history file as the server holds it: its name (`00000002.history`) and its bytes.
public record TimelineHistory(String fileName, byte[] content) {
    public TimelineHistory {
        content = content.clone();
    }

    @Override
    public byte[] content() {
        return content.clone();
    }
}

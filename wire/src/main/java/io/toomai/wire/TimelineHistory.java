package io.toomai.wire;

/// A timeline history file as the server holds it: its name (`00000002.history`) and its bytes.
public final class TimelineHistory {
    private final String fileName;
    private final byte[] content;

    TimelineHistory(String fileName, byte[] content) {
        this.fileName = fileName;
        this.content = content.clone();
    }

    public String fileName() {
        return fileName;
    }

    public byte[] content() {
        return content.clone();
    }
}

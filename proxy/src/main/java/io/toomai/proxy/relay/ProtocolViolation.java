package io.toomai.proxy.relay;

/// A peer sent what the protocol does not allow; its connection ends. Says what, never the bytes.
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String what;

    public ProtocolViolation(String what) {
        super(what);
        this.what = what;
    }

    public String what() {
        return what;
    }
}

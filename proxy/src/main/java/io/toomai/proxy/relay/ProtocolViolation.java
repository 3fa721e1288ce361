package io.toomai.proxy.relay;

/// A peer sent what the protocol does not allow, or too much; its connection ends. Says what, never
/// the bytes.
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final String what;

    public ProtocolViolation(String what) {
        this("08P01", what);
    }

    /// @param code SQLSTATE
    public ProtocolViolation(String code, String what) {
        super(what);
        this.code = code;
        this.what = what;
    }

    public String code() {
        return code;
    }

    public String what() {
        return what;
    }
}

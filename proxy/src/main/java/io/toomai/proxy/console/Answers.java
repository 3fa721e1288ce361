package io.toomai.proxy.console;

/// Where a console's answers go. To each line belong any number of notices, and then one of the
/// others.
public interface Answers {
    /// @param detail empty if there is none
    void notice(String text, String detail);

    /// The whole table; CommandComplete follows from it.
    void table(Table table);

    /// @param tag of CommandComplete
    void done(String tag);

    /// @param code SQLSTATE
    /// @param hint empty if there is none
    void failed(String code, String text, String hint);
}

package io.toomai.proxy.relay;

/// What a client is owed since its server is gone: an error, and the end of its request. What it
/// sends before that is paid goes to no server. Belongs to an event loop.
final class Owed {
    private Debt debt = new Debt.Nothing();

    private sealed interface Debt {
        record Nothing() implements Debt {}

        record Failure(String code, String text) implements Debt {}

        /// It has heard of it, and its Sync is still to come.
        record Sync() implements Debt {}
    }

    boolean isNothing() {
        return debt instanceof Debt.Nothing;
    }

    /// The next request hears of it.
    void error(String code, String text) {
        debt = new Debt.Failure(code, text);
    }

    void sync() {
        debt = new Debt.Sync();
    }

    /// @param type of a message of the client's
    void pay(byte type, Output toClient) {
        switch (type) {
            case 'Q', 'F', 'S' -> {
                if (type == 'S' || debt instanceof Debt.Failure) {
                    tell(toClient);
                    LostServer.writeReady(toClient);
                    debt = new Debt.Nothing();
                }
            }
            case 'P', 'B', 'D', 'E', 'C' -> {
                tell(toClient);
                debt = new Debt.Sync();
            }
            default -> {} // style: has no meaning outside a transaction
        }
    }

    private void tell(Output toClient) {
        if (debt instanceof Debt.Failure(String code, String text)) {
            LostServer.writeError(toClient, code, text);
        }
    }
}

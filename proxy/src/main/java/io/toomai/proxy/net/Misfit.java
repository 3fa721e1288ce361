package io.toomai.proxy.net;

/// What is wrong with a server that has been logged in to.
record Misfit(String text, Prospect prospect) {
    enum Prospect {
        /// It is a standby that has been named primary: its promotion is under way.
        FITS_SOON,
        STAYS
    }
}

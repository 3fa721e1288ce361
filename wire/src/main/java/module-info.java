/// PostgreSQL's protocol v3 as far as a blocking client for replication commands needs it.
module io.toomai.wire {
    requires static org.jspecify;

    exports io.toomai.wire;
}

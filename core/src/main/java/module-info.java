/// The rules of a PostgreSQL cluster: values and decisions. Pure: no clock, thread, file or socket.
module io.toomai.core {
    requires static org.jspecify;

    exports io.toomai.core.citus;
    exports io.toomai.core.cluster;
    exports io.toomai.core.ha;
    exports io.toomai.core.model;
}

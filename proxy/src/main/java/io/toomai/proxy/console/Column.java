package io.toomai.proxy.console;

import java.util.stream.Stream;

/// A column of a table of the console.
public record Column(String name, Type type) {
    /// PostgreSQL's types, as PgBouncer declares them: monitors choose their readers by these.
    public enum Type {
        TEXT(25, -1),
        INTEGER(23, 4),
        BIGINT(20, 8),
        NUMERIC(1700, -1),
        BYTES(17, -1);

        private final int oid;
        private final int size;

        Type(int oid, int size) {
            this.oid = oid;
            this.size = size;
        }

        /// Its number in `pg_type`.
        public int oid() {
            return oid;
        }

        /// In bytes; -1 where it differs.
        public int size() {
            return size;
        }
    }

    static Stream<Column> text(String... names) {
        return Stream.of(names).map(name -> new Column(name, Type.TEXT));
    }

    static Stream<Column> integer(String... names) {
        return Stream.of(names).map(name -> new Column(name, Type.INTEGER));
    }

    static Stream<Column> bigint(String... names) {
        return Stream.of(names).map(name -> new Column(name, Type.BIGINT));
    }

    static Stream<Column> numeric(String... names) {
        return Stream.of(names).map(name -> new Column(name, Type.NUMERIC));
    }

    static Stream<Column> bytes(String... names) {
        return Stream.of(names).map(name -> new Column(name, Type.BYTES));
    }
}

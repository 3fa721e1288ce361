package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What PostgreSQL does with the messages of a session, for a handful of statements: enough to tell
/// a relay that changes what a client sees.
final class FakePostgres {
    private static final Pattern DEALLOCATION =
            Pattern.compile("(?i)\\s*(?:/. x ./)?deallocate\\s+(?:prepare\\s+)?\"?(\\w+)\"?\\s*");

    private final Map<String, Planned> statements = new HashMap<>();
    private final Map<String, String> portals = new HashMap<>();
    private ByteBuf in = Unpooled.buffer();
    private byte status = 'I';
    private boolean isSkipping;
    private Copying copying = Copying.NOTHING;
    private final Catalog catalog;
    private final Plans plans;

    /// What all servers of a database have in common.
    static final class Catalog {
        int version;

        /// What was executed, in order.
        final List<String> executed = new ArrayList<>();
    }

    /// What a statement does whose columns have changed since.
    enum Plans {
        FAIL,
        /// No server does so: it is what clients wish for.
        ARE_MADE_ANEW
    }

    /// What a COPY FROM that is under way was asked for by.
    private enum Copying {
        NOTHING,
        BY_QUERY,
        BY_MESSAGES
    }

    /// @param version of the catalog
    private record Planned(String sql, int version) {}

    FakePostgres() {
        this(new Catalog(), Plans.FAIL);
    }

    FakePostgres(Catalog catalog, Plans plans) {
        this.catalog = catalog;
        this.plans = plans;
    }

    private static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final String code;

        Failure(String code, String text) {
            super(text);
            this.code = code;
        }
    }

    /// All whole messages are answered.
    ByteBuf feed(ByteBuf bytes) {
        in.writeBytes(bytes);
        ByteBuf out = Unpooled.buffer();
        while (in.readableBytes() >= 5 && in.readableBytes() > in.getInt(in.readerIndex() + 1)) {
            byte type = in.readByte();
            ByteBuf body = in.readSlice(in.readInt() - 4);
            if (isSkipping && type != 'S') {
                continue;
            }
            boolean isQuery = type == 'Q' || copying == Copying.BY_QUERY;
            try {
                if (copying == Copying.NOTHING) {
                    message(type, body, out);
                } else {
                    copy(type, body, out);
                }
            } catch (Failure e) {
                copying = Copying.NOTHING;
                error(out, e);
                isSkipping = !isQuery;
                if (isQuery) {
                    ready(out);
                }
            }
        }
        in.discardReadBytes();
        return out;
    }

    private void message(byte type, ByteBuf body, ByteBuf out) {
        switch (type) {
            case 'P' -> parse(text(body), text(body), out);
            case 'B' -> bind(text(body), text(body), out);
            case 'D' -> describe((char) body.readByte(), text(body), out);
            case 'E' -> {
                String name = text(body);
                String sql = portals.get(name);
                if (sql == null) {
                    throw new Failure("34000", "portal \"" + name + "\" does not exist");
                }
                run(sql, out);
            }
            case 'C' -> {
                if (body.readByte() == 'S') {
                    statements.remove(text(body));
                } else {
                    portals.remove(text(body));
                }
                empty(out, '3');
            }
            case 'S' -> {
                isSkipping = false;
                ready(out);
            }
            case 'Q' -> {
                statements.remove("");
                portals.remove("");
                for (String sql : text(body).split(";", -1)) {
                    if (sql.startsWith("select")) {
                        row(out, 'T', "columns of " + sql);
                    }
                    run(sql, out);
                }
                if (copying == Copying.NOTHING) {
                    ready(out);
                } else {
                    copying = Copying.BY_QUERY;
                }
            }
            case 'H', 'd', 'c', 'f' -> {}
            default -> throw new AssertionError("message of type " + (char) type);
        }
    }

    /// A Sync in the middle of COPY is read and not answered.
    private void copy(byte type, ByteBuf body, ByteBuf out) {
        switch (type) {
            case 'd' -> {
                if (text(body).startsWith("bad")) {
                    throw new Failure("22P02", "invalid input syntax");
                }
            }
            case 'c' -> {
                boolean isQuery = copying == Copying.BY_QUERY;
                copying = Copying.NOTHING;
                row(out, 'C', "COPY 1");
                if (isQuery) {
                    ready(out);
                }
            }
            case 'f' -> throw new Failure("57014", "COPY from stdin failed");
            case 'S', 'H' -> {}
            default -> throw new AssertionError("terminating connection because of " + type);
        }
    }

    private void parse(String name, String sql, ByteBuf out) {
        if (name.isEmpty()) {
            statements.remove("");
        }
        if (sql.startsWith("bad")) {
            throw new Failure("42601", "syntax error at or near \"" + sql + "\"");
        }
        if (!sql.isEmpty()) {
            refuseIfFailed(sql);
        }
        if (!name.isEmpty() && statements.containsKey(name)) {
            throw new Failure("42P05", "prepared statement \"" + name + "\" already exists");
        }
        statements.put(name, new Planned(sql, catalog.version));
        empty(out, '1');
    }

    private void bind(String portal, String name, ByteBuf out) {
        String sql = statement(name);
        refuseIfFailed(sql);
        portals.put(portal, sql);
        empty(out, '2');
    }

    private void describe(char kind, String name, ByteBuf out) {
        String sql;
        if (kind == 'S') {
            sql = statement(name);
            refuseIfFailed(sql);
            row(out, 't', "");
        } else {
            sql = portals.get(name);
            if (sql == null) {
                throw new Failure("34000", "portal \"" + name + "\" does not exist");
            }
        }
        if (sql.startsWith("select")) {
            row(out, 'T', "columns of " + sql);
        } else {
            empty(out, 'n');
        }
    }

    private String statement(String name) {
        Planned planned = statements.get(name);
        if (planned == null) {
            throw new Failure(
                    "26000",
                    name.isEmpty()
                            ? "unnamed prepared statement does not exist"
                            : "prepared statement \"" + name + "\" does not exist");
        }
        String sql = planned.sql();
        if (planned.version() != catalog.version && sql.startsWith("select")) {
            refuseIfFailed(sql);
            if (plans == Plans.FAIL) {
                throw new Failure("0A000", "cached plan must not change result type");
            }
            statements.put(name, new Planned(sql, catalog.version));
        }
        return sql;
    }

    private void refuseIfFailed(String sql) {
        if (status == 'E' && !sql.equals("rollback")) {
            throw new Failure("25P02", "current transaction is aborted");
        }
    }

    private void run(String sql, ByteBuf out) {
        refuseIfFailed(sql);
        catalog.executed.add(sql);
        switch (sql) {
            case "" -> empty(out, 'I');
            case "fail" -> throw new Failure("22012", "division by zero");
            case "alter" -> {
                catalog.version++;
                row(out, 'C', "ALTER TABLE");
            }
            case "copy", "copy and fail" -> {
                out.writeByte('G').writeInt(7).writeByte(0).writeShort(0);
                if (sql.equals("copy and fail")) {
                    throw new Failure("P0001", "a trigger says no");
                }
                copying = Copying.BY_MESSAGES;
            }
            case "begin" -> {
                status = 'T';
                row(out, 'C', "BEGIN");
            }
            case "commit", "rollback" -> {
                status = 'I';
                row(out, 'C', sql.toUpperCase(Locale.ROOT));
            }
            case "deallocate all", "discard all" -> {
                statements.clear();
                row(out, 'C', sql.toUpperCase(Locale.ROOT));
            }
            case "prepare mine" -> {
                statements.put("mine", new Planned("select 1", catalog.version));
                row(out, 'C', "PREPARE");
            }
            case "discard plans" -> row(out, 'C', "DISCARD PLANS");
            default -> {
                Matcher deallocation = DEALLOCATION.matcher(sql);
                if (deallocation.matches()) {
                    deallocate(deallocation.group(1).toLowerCase(Locale.ROOT), out);
                    return;
                }
                row(out, 'D', "row of " + sql);
                row(out, 'C', "SELECT 1");
            }
        }
    }

    private void deallocate(String name, ByteBuf out) {
        if (statements.remove(name) == null) {
            throw new Failure("26000", "prepared statement \"" + name + "\" does not exist");
        }
        row(out, 'C', "DEALLOCATE");
    }

    private void ready(ByteBuf out) {
        if (status != 'T') {
            portals.clear();
        }
        out.writeByte('Z').writeInt(5).writeByte(status);
    }

    private void error(ByteBuf out, Failure e) {
        if (status == 'T') {
            status = 'E';
        }
        row(out, 'E', "SERROR\0C" + e.code + "\0M" + e.getMessage() + routine(e) + "\0");
    }

    private static String routine(Failure e) {
        return e.code.equals("0A000") ? "\0RRevalidateCachedQuery" : "";
    }

    /// How many statements it keeps.
    int prepared() {
        return statements.size();
    }

    private static void empty(ByteBuf out, char type) {
        out.writeByte(type).writeInt(4);
    }

    private static void row(ByteBuf out, char type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(type).writeInt(bytes.length + 5).writeBytes(bytes).writeByte(0);
    }

    private static String text(ByteBuf body) {
        int length = body.bytesBefore((byte) 0);
        String text = body.readCharSequence(length, StandardCharsets.UTF_8).toString();
        body.skipBytes(1);
        return text;
    }
}

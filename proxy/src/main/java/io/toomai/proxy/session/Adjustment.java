package io.toomai.proxy.session;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The query that makes what is set on one session into what is set on another. What has another
/// value is taken back first, since a value may be a part of one: `DateStyle` `ISO` leaves the
/// order of day and month as it is. Nothing in it but ASCII: in some client encodings a byte of a
/// longer character reads as a quote, and the server may still be in one of those. The whole of it
/// happens or nothing, because several statements in one query are one transaction.
final class Adjustment {
    /// Of PostgreSQL's own parameters and of those of extensions: `statement_timeout`, `my.name`.
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)*");

    /// As long as PostgreSQL's identifiers may be, twice over.
    private static final int LONGEST_NAME = 128;

    /// Who one is comes last: it may take the right away to set anything else.
    private static final Comparator<String> AS_WHOM_LAST =
            Comparator.comparingInt(Adjustment::rank).thenComparing(String.CASE_INSENSITIVE_ORDER);

    /// Behind all others.
    private static final int ROLE = 2;

    private Adjustment() {}

    private static int rank(String name) {
        return name.equalsIgnoreCase("role") ? ROLE : name.equalsIgnoreCase(AUTHORIZATION) ? 1 : 0;
    }

    private static final String AUTHORIZATION = "session_authorization";

    static boolean isName(String name) {
        return name.length() <= LONGEST_NAME && NAME.matcher(name).matches();
    }

    /// @param applied what differs from a new session
    /// @param reported what the server says of itself
    /// @param wished what is to differ from a new session
    /// @return nothing where there is nothing to do
    static Optional<String> between(Parameters applied, Parameters reported, Parameters wished) {
        StringBuilder query = new StringBuilder();
        Map<String, String> old = new TreeMap<>(AS_WHOM_LAST.reversed());
        applied.forEach(old::put);
        old.forEach((name, value) -> {
            if (!value.equals(wished.get(name))) {
                query.append("RESET ").append(identifier(name)).append(';');
            }
        });
        Map<String, String> next = new TreeMap<>(AS_WHOM_LAST);
        wished.forEach(next::put);
        Form form = "SQL_ASCII".equals(reported.get("server_encoding")) ? Form.BYTES : Form.UNICODE;
        // Whoever becomes somebody else has no role any more.
        boolean isSomebodyElse =
                !Objects.equals(applied.get(AUTHORIZATION), wished.get(AUTHORIZATION));
        String before = "SELECT ";
        for (Map.Entry<String, String> each : next.entrySet()) {
            String name = each.getKey();
            String there = applied.has(name) ? applied.get(name) : reported.get(name);
            if (!each.getValue().equals(there) || (isSomebodyElse && rank(name) == ROLE)) {
                query.append(before).append("pg_catalog.set_config(").append(literal(name, form));
                query.append(',').append(literal(each.getValue(), form)).append(",false)");
                before = ",";
            }
        }
        return query.isEmpty() ? Optional.empty() : Optional.of(query.toString());
    }

    private static String identifier(String name) {
        return '"' + name.replace(".", "\".\"") + '"';
    }

    /// How what is not ASCII is written: a server without an encoding knows no Unicode.
    private enum Form {
        UNICODE,
        BYTES
    }

    /// Means the same whatever `standard_conforming_strings` and `client_encoding` are.
    private static String literal(String text, Form form) {
        StringBuilder out = new StringBuilder("E'");
        text.codePoints()
                .forEach(c -> {
                    if (c == '\'' || c == '\\') {
                        out.append((char) c).append((char) c);
                    } else if (c >= 0x20 && c < 0x7f) {
                        out.append((char) c);
                    } else if (form == Form.UNICODE) {
                        out.append("\\U").append(String.format("%08x", c));
                    } else {
                        for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                            out.append("\\x").append(String.format("%02x", b));
                        }
                    }
                });
        return out.append('\'').toString();
    }
}

package io.toomai.proxy.session;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What an idle session has on its server, as that server says: what goes with it to another
/// server, and what keeps it where it is. Immutable.
///
/// @param ties what cannot be moved, in words; empty: the session can
/// @param settings that were set in it, of those that the server lists
/// @param statements that were prepared by messages
public record Belongings(
        List<String> ties, Map<String, String> settings, List<PreparedThere> statements) {
    /// Of a session that has no server.
    public static final Belongings NONE = new Belongings(List.of(), Map.of(), List.of());

    /// What the server is asked. It answers for the session in which it is asked, and changes
    /// nothing but that the unnamed statement is gone, as after any simple query. A parameter with
    /// a name of its user's own is not listed by PostgreSQL, so where a function of the database
    /// might set one nobody knows; where there is an UPDATE, a SET that is put behind other text
    /// (`||`) is taken for a part of that. No text in it means anything else whatever
    /// `standard_conforming_strings` is.
    public static final String QUESTION =
            """
            WITH here (kind, name, value, types) AS (
            SELECT 'tie', what, '', '' FROM (VALUES
            ('temporary objects', pg_catalog.pg_my_temp_schema() <> 0 AND (
            EXISTS (SELECT FROM pg_catalog.pg_class
            WHERE relnamespace = pg_catalog.pg_my_temp_schema())
            OR EXISTS (SELECT FROM pg_catalog.pg_type
            WHERE typnamespace = pg_catalog.pg_my_temp_schema())
            OR EXISTS (SELECT FROM pg_catalog.pg_proc
            WHERE pronamespace = pg_catalog.pg_my_temp_schema()))),
            ('advisory locks', EXISTS (SELECT FROM pg_catalog.pg_locks
            WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'advisory')),
            ('LISTEN', EXISTS (SELECT FROM pg_catalog.pg_listening_channels())),
            ('cursors', EXISTS (SELECT FROM pg_catalog.pg_cursors)),
            ('PREPARE', EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql)),
            ('too many or too long prepared statements', (SELECT pg_catalog.count(*) > 500
            OR pg_catalog.sum(pg_catalog.octet_length(statement)) > 1000000
            OR pg_catalog.max(pg_catalog.octet_length(statement)) > 15000
            OR pg_catalog.max(pg_catalog.cardinality(parameter_types)) > 1000
            FROM pg_catalog.pg_prepared_statements)),
            ('too long settings', (SELECT
            pg_catalog.sum(pg_catalog.octet_length(setting)) > 15000
            FROM pg_catalog.pg_settings WHERE source = 'session')),
            ('SET ROLE', pg_catalog.current_setting('role') <> 'none'),
            ('SET SESSION AUTHORIZATION', (SELECT usesysid
            FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()))
            <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)),
            ('a parameter that a function may have set', EXISTS (
            SELECT FROM pg_catalog.pg_proc p
            JOIN pg_catalog.pg_language l ON l.oid = p.prolang
            WHERE l.lanname NOT IN ('internal', 'c') AND (
            p.prosrc ~* E'\\\\mset_config\\\\s*\\\\((?!\\\\s*''[a-z_]+''\\\\s*,)'
            OR p.prosrc ~* E'\\\\mset\\\\s+(session\\\\s+)?(?!local\\\\M)"?\\\\w+"?\\\\s*\\\\.'
            OR p.prosrc ~* E'([$]|(?<!\\\\|\\\\|\\\\s*e?)''|;(\\\\s*''\\\\s*\\\\|\\\\|\\\\s*e?'')?)\\\\s*set\\\\s+(session\\\\s+)?[%'']'
            OR p.prosrc ~* E'''\\\\s*set\\\\s+(session\\\\s+)?[%'']' AND p.prosrc !~* 'update|alter'
            OR p.prosqlbody::pg_catalog.text LIKE '%:funcid 2078 %')))
            ) AS each (what, is_there) WHERE is_there
            UNION ALL SELECT 'set', name, setting, '' FROM pg_catalog.pg_settings
            WHERE source = 'session' AND name NOT IN ('transaction_isolation', 'transaction_read_only',
            'transaction_deferrable')
            AND pg_catalog.octet_length(setting) <= 15000
            UNION ALL SELECT 'prepared', name, statement,
            parameter_types::pg_catalog.oid[]::pg_catalog.text
            FROM pg_catalog.pg_prepared_statements
            WHERE NOT from_sql AND pg_catalog.octet_length(statement) <= 15000
            AND pg_catalog.cardinality(parameter_types) <= 1000
            ) SELECT kind, name, value, types, pg_catalog.count(*) OVER () FROM here LIMIT 1500\
            """;

    public Belongings {
        ties = List.copyOf(ties);
        settings = Map.copyOf(settings);
        statements = List.copyOf(statements);
    }

    /// A prepared statement in the bytes of the session's `client_encoding`.
    ///
    /// @param types OIDs of its parameters
    @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
    public record PreparedThere(byte[] name, byte[] text, List<Integer> types) {}

    /// Why the session stays.
    public static Belongings tied(String why) {
        return new Belongings(List.of(why), Map.of(), List.of());
    }

    /// Whether the session can go on with another server.
    public Optional<String> tie() {
        return ties.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", ties));
    }

    /// What the client of a session that cannot go on hears when its server is gone.
    public String whyItStays() {
        return "The session cannot go on with another server: "
                + tie().map(what -> "its server kept for it: " + what)
                        .orElse("what its server kept for it is not known (pool_mode = session)")
                + ".";
    }

    /// Reads the answer to [#QUESTION].
    public static final class Reader {
        private final Charset encoding;
        private final List<String> ties = new ArrayList<>();
        private final Map<String, String> settings = new TreeMap<>();
        private final List<PreparedThere> statements = new ArrayList<>();
        private int rows;
        private int counted;

        /// @param encoding of the session
        public Reader(Charset encoding) {
            this.encoding = encoding;
        }

        public void row(List<byte[]> columns) {
            rows++;
            if (columns.size() != 5) {
                ties.add("nobody knows what");
                return;
            }
            String name = new String(columns.get(1), encoding);
            counted = number(columns.get(4));
            switch (ascii(columns.get(0))) {
                case "set" -> settings.put(name, new String(columns.get(2), encoding));
                case "prepared" ->
                        statements.add(
                                new PreparedThere(
                                        columns.get(1), columns.get(2), types(columns.get(3))));
                default -> ties.add(name);
            }
        }

        /// All rows have come.
        public Belongings read() {
            if (rows != counted) {
                ties.add("more than can be told");
            }
            return new Belongings(ties, settings, statements);
        }

        private static List<Integer> types(byte[] array) {
            List<Integer> types = new ArrayList<>();
            String text = ascii(array);
            for (String each : text.substring(1, Math.max(1, text.length() - 1)).split(",", -1)) {
                if (!each.isEmpty()) {
                    types.add(Integer.parseUnsignedInt(each));
                }
            }
            return types;
        }

        private static int number(byte[] text) {
            return Integer.parseInt(ascii(text));
        }

        private static String ascii(byte[] text) {
            return new String(text, StandardCharsets.US_ASCII);
        }
    }
}

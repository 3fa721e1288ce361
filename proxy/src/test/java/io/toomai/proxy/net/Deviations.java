package io.toomai.proxy.net;

import static io.toomai.proxy.config.PoolMode.SESSION;
import static io.toomai.proxy.config.PoolMode.STATEMENT;
import static io.toomai.proxy.config.PoolMode.TRANSACTION;
import static io.toomai.proxy.net.Deviation.Kind.CODE;
import static io.toomai.proxy.net.Deviation.Kind.MORE;
import static io.toomai.proxy.net.Deviation.Kind.WORDS;

import io.toomai.proxy.config.PoolMode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Every deviation from what a client of PgBouncer's hears, with its reason.
final class Deviations {
    private static final Set<PoolMode> EACH = Set.of(SESSION, TRANSACTION, STATEMENT);

    /// Servers are shared.
    private static final Set<PoolMode> SHARED = Set.of(TRANSACTION, STATEMENT);

    /// A client may have a transaction of several statements.
    private static final Set<PoolMode> BLOCKS = Set.of(SESSION, TRANSACTION);

    private static final Set<PoolMode> ONE = Set.of(TRANSACTION);

    private static final String REPORTED =
            "what a server reports is told whenever it is not what the client was told";

    static final List<Deviation> ALL =
            Stream.of(starts(), firstPackets(), messages(), statements(), rest())
                    .flatMap(List::stream)
                    .toList();

    private Deviations() {}

    private static Deviation of(
            String reason, Deviation.Kind kind, Set<PoolMode> modes, String... scenes) {
        return new Deviation(reason, kind, modes, List.of(scenes));
    }

    private static List<Deviation> starts() {
        return List.of(
                of(
                        "whatever a first packet names is set, unless PostgreSQL refuses it",
                        MORE,
                        EACH,
                        "starts with work_mem = 1MB",
                        "starts with extra_float_digits = 3",
                        "starts with no_such_parameter = 1",
                        "starts with my.own = 1",
                        "starts with options = -c work_mem=2MB",
                        "starts with options = -c search_path=a\\ b"),
                of(REPORTED, MORE, EACH, "starts with client_encoding = 'utf-8'"),
                of(REPORTED, MORE, SHARED, "SET ROLE, and the next client"),
                of(
                        "the server's words on the value are told",
                        WORDS,
                        EACH,
                        "starts with TimeZone = Nowhere/Land",
                        "starts with client_encoding = nonsense"),
                of(
                        "a refusal has the SQLSTATE of PostgreSQL's: 3D000, 28000, 53300",
                        CODE,
                        EACH,
                        "an unknown database",
                        "an empty database",
                        "no database",
                        "an odd name",
                        "a long name",
                        "an unknown user",
                        "a long user",
                        "more clients than may be",
                        "more clients than a database may have",
                        "more clients than a user may have"));
    }

    private static List<Deviation> firstPackets() {
        return List.of(
                of(
                        "protocol 3.2 is spoken, not only negotiated away",
                        MORE,
                        EACH,
                        "protocol 3.2",
                        "protocol 3.2 _pq_.a 1 _pq_.b",
                        "protocol 3.9999 _pq_.grease 1"),
                of(
                        "a first packet that is none is refused in PostgreSQL's words",
                        WORDS,
                        EACH,
                        "protocol 0",
                        "protocol 2.0",
                        "protocol 4.0",
                        "an unknown request",
                        "no user",
                        "an empty user",
                        "no parameters at all",
                        "parameters without an end",
                        "a value that is missing",
                        "a first packet of 7 bytes",
                        "a first packet of no bytes",
                        "a first packet of -1 bytes",
                        "a first packet of many bytes",
                        "a first packet of 100 kB"),
                of(
                        "HTTP is refused at once, PgBouncer waits for the rest of its 'GET '",
                        WORDS,
                        ONE,
                        "HTTP"),
                of(
                        "refused as PostgreSQL does, PgBouncer lets the client in",
                        MORE,
                        EACH,
                        "no NUL behind the parameters",
                        "bytes behind the parameters",
                        "replication that is neither"),
                of(
                        "a client hears why, where PgBouncer only hangs up",
                        MORE,
                        EACH,
                        "a query first",
                        "a cancel that is cut"),
                of("each is asked once, as PostgreSQL has it", MORE, EACH, "SSLRequest twice"),
                of(
                        "no TLS follows, so what is sent along came from nobody else",
                        MORE,
                        EACH,
                        "a first packet behind SSLRequest"));
    }

    private static List<Deviation> messages() {
        return List.of(
                of(
                        "a message that is none is named",
                        WORDS,
                        EACH,
                        "an unknown type, idle",
                        "a type of a server's, idle",
                        "NUL as a type, idle",
                        "a password, idle",
                        "a password in a batch",
                        "a password nobody asked for",
                        "a first packet, idle",
                        "SSLRequest, idle",
                        "HTTP, idle",
                        "an unknown type in COPY",
                        "an unknown type in a batch",
                        "an unknown type behind an error",
                        "a length of -1",
                        "a length of 0",
                        "a length of 3",
                        "a length of 2147483647",
                        "a length of -2147483648"),
                of(
                        "a message that is none is named",
                        WORDS,
                        BLOCKS,
                        "an unknown type in a block",
                        "an unknown type in a failed block"),
                of(
                        "a message that is none is named",
                        WORDS,
                        SHARED,
                        "an empty Parse",
                        "an empty Close",
                        "Bind without an end",
                        "Describe without a name"),
                of("the limit is told", WORDS, ONE, "a message that is too large", "a large row"),
                of(
                        "the server says what is wrong with it, and the client goes on",
                        MORE,
                        SHARED,
                        "Parse without an end",
                        "Parse without types",
                        "Parse of too few types"),
                of(
                        "a Flush is dropped unread where nothing is under way",
                        MORE,
                        EACH,
                        "Flush with a body"));
    }

    private static List<Deviation> statements() {
        return List.of(
                of(
                        "a name twice or missing is an error, not the end (0029)",
                        MORE,
                        SHARED,
                        "a name given twice",
                        "a name that is missing, bound",
                        "a name that is missing, described",
                        "DEALLOCATE ALL, then a name from before"),
                of(
                        "what the server did not prepare is not prepared (0029)",
                        MORE,
                        SHARED,
                        "a name whose Parse failed",
                        "a statement whose Parse failed, bound",
                        "an error in the middle of a pipeline",
                        "a block by messages"),
                of(
                        "DEALLOCATE forgets what it names, what is prepared behind it stays",
                        MORE,
                        SHARED,
                        "DEALLOCATE of a statement by messages",
                        "DEALLOCATE ALL in a pipeline"),
                of(
                        "a name that nobody here knows is the server's to judge",
                        MORE,
                        SHARED,
                        "Bind of a statement by PREPARE"),
                of(
                        "the server's words have the client's name for the statement",
                        MORE,
                        SHARED,
                        "a statement that takes parameters"));
    }

    private static List<Deviation> rest() {
        return List.of(
                of(
                        "LISTEN works; one's own NOTIFY comes after ReadyForQuery (0036)",
                        MORE,
                        SHARED,
                        "LISTEN and NOTIFY"),
                of(
                        "who waits for a server is canceled, too",
                        MORE,
                        SHARED,
                        "a cancel of who waits"),
                of(
                        "PgBouncer says that the database is removed, which it is not",
                        WORDS,
                        EACH,
                        "KILL of who is idle",
                        "KILL of who works",
                        "KILL of who waits"),
                of(
                        "what the server answered before the refusal of a block is passed on",
                        MORE,
                        Set.of(STATEMENT),
                        "a block over several queries",
                        "a block that is left open by who leaves",
                        "a block that is left open by who says so",
                        "a failed block that is left open",
                        "a query that leaves a block open",
                        "an error in a block",
                        "savepoints",
                        "large objects by function calls",
                        "CopyData in a block",
                        "an unknown type in a block",
                        "an unknown type in a failed block",
                        "half a message in a block, and gone",
                        "a portal with a name, in a block",
                        "SET in a block that fails",
                        "a cancel in a block",
                        "a cancel of who is idle",
                        "a server that dies in a block"));
    }
}

package io.toomai.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.pool.Statistics.Totals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said at the console, by whom, and what comes of it. The texts are PgBouncer 1.24's own.
class ConsoleTest {
    private final List<Command.Order> ordered = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private Outcome outcome = new Outcome.Done();

    private final Orders orders =
            new Orders() {
                @Override
                public void carryOut(Command.Order order, Owner by, Consumer<Outcome> then) {
                    ordered.add(order);
                    then.accept(outcome);
                }

                @Override
                public void cancel(Owner owner) {}

                @Override
                public void left(Owner owner) {
                    heard.add("left " + owner.number());
                }
            };

    private final Answers answers =
            new Answers() {
                @Override
                public void notice(String text, String detail) {
                    heard.add("NOTICE " + text);
                }

                @Override
                public void table(Table table) {
                    heard.add(
                            table.columns().stream()
                                    .map(Column::name)
                                    .collect(Collectors.joining(" ")));
                    table.rows()
                            .forEach(row ->
                                    heard.add(
                                            row.cells().stream()
                                                    .map(cell -> cell.orElse("NULL"))
                                                    .collect(Collectors.joining("|"))));
                }

                @Override
                public void done(String tag) {
                    heard.add(tag);
                }

                @Override
                public void failed(String code, String text, String hint) {
                    heard.add(code + " " + text);
                    if (!hint.isEmpty()) {
                        heard.add("HINT " + hint);
                    }
                }
            };

    private List<String> say(Right right, String line) {
        return say(right, line, new Picture());
    }

    private List<String> say(Right right, String line, Overview of) {
        heard.clear();
        new Console(right, new Owner(7, "ann"), (_, then) -> then.accept(of), orders)
                .say(line, answers);
        return List.copyOf(heard);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    pause                                | Pause[database=Optional.empty]
                    PAUSE shop;                          | Pause[database=Optional[shop]]
                      Pause   "Old ""shop"" 2" ;         | Pause[database=Optional[Old "shop" 2]]
                    PAUSE my-shop                        | Pause[database=Optional[my-shop]]
                    resume /* all of it */               | Resume[database=Optional.empty]
                    RESUME shop -- now                   | Resume[database=Optional[shop]]
                    disable shop                         | Disable[database=shop]
                    ENABLE shop                          | Enable[database=shop]
                    RECONNECT                            | Reconnect[database=Optional.empty]
                    KILL shop                            | Kill[database=Optional[shop]]
                    kill                                 | Kill[database=Optional.empty]
                    KILL_CLIENT 17                       | KillClient[id=17]
                    DRAIN pg2                            | Assign[member=pg2, duty=DRAIN]
                    maintenance pg2;                     | Assign[member=pg2, duty=MAINTENANCE]
                    READY pg2                            | Assign[member=pg2, duty=READY]
                    SUSPEND                              | Suspend[]
                    reload;                              | Reload[]
                    WAIT_CLOSE shop                      | WaitClose[database=Optional[shop]]
                    SET default_pool_size=10             | Set[key=default_pool_size, value=10]
                    set query_timeout TO 5 ;             | Set[key=query_timeout, value=5]
                    SET server_check_query = 'a ''b'' ;' | Set[key=server_check_query, value=a 'b' ;]
                    SHUTDOWN                             | Shutdown[manner=NOW]
                    shutdown wait_for_servers            | Shutdown[manner=WAIT_FOR_SERVERS]
                    SHUTDOWN WAIT_FOR_CLIENTS            | Shutdown[manner=WAIT_FOR_CLIENTS]
                    """)
    void ordersAreUnderstood(String line, String order) {
        say(Right.ADMIN, line);
        assertThat(ordered).extracting(Object::toString).containsExactly(order);
        assertThat(heard).containsExactly(ordered.getFirst().tag());
    }

    @Test
    void theTagOfSetSaysWhatWasSet() {
        assertThat(say(Right.ADMIN, "SET default_pool_size = '10'"))
                .containsExactly("SET default_pool_size=10");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bla",
                "SHOW nope",
                "SHOW",
                "SHOW a b",
                "SELECT 1",
                "SHUTDOWN bla",
                "RELOAD now",
                "SHOW VERSION; SHOW VERSION",
                "SET x",
                "SET a = b c",
                "PAUSE 'shop'",
                "PAUSE \"shop",
                "PAUSE \"\"",
                "RESUME \"\"",
                "RECONNECT \"\"",
                "KILL \"\"",
                "WAIT_CLOSE \"\"",
                "SHUTDOWN \"\"",
                "SHOW /* VERSION"
            })
    void whatIsNoCommandIsRepeated(String line) {
        assertThat(say(Right.ADMIN, line))
                .containsExactly("08P01 invalid command '" + line + "', use SHOW HELP;");
        assertThat(ordered).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "SHOW POOL, SHOW POOLS",
        "show clinets;, SHOW CLIENTS",
        "RELAOD, RELOAD",
        "puase shop, PAUSE",
        "SHUTDOWN wait_for_client, SHUTDOWN WAIT_FOR_CLIENTS"
    })
    void whatIsNearlyACommandGetsAHint(String line, String near) {
        assertThat(say(Right.STATS, line))
                .containsExactly(
                        "08P01 invalid command '" + line + "', use SHOW HELP;",
                        "HINT did you mean " + near + "?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DRAIN a/b", "MAINTENANCE \"  \"", "ready \"/\""})
    void aNameThatNoMemberCanHaveIsOneThatNobodyHas(String line) {
        assertThat(say(Right.ADMIN, line))
                .singleElement()
                .asString()
                .startsWith("08P01 no such member: ");
        assertThat(say(Right.STATS, line)).isEqualTo(say(Right.STATS, "DRAIN pg2"));
        assertThat(ordered).isEmpty();
    }

    @Test
    void whatLacksItsObjectSaysSo() {
        assertThat(say(Right.ADMIN, "DISABLE")).containsExactly("08P01 a database is required");
        assertThat(say(Right.ADMIN, "ENABLE;")).containsExactly("08P01 a database is required");
        assertThat(say(Right.ADMIN, "KILL_CLIENT"))
                .containsExactly("08P01 invalid client pointer supplied");
        assertThat(say(Right.ADMIN, "KILL_CLIENT 0x55"))
                .containsExactly("08P01 invalid client pointer supplied");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PAUSE",
                "RESUME shop",
                "DISABLE",
                "DISABLE shop",
                "ENABLE shop",
                "RECONNECT",
                "KILL",
                "KILL_CLIENT 17",
                "KILL_CLIENT x",
                "SUSPEND",
                "RELOAD",
                "WAIT_CLOSE",
                "SET query_timeout=1",
                "SHUTDOWN",
                "SHOW FDS"
            })
    void whoMayLookMayNotTouch(String line) {
        assertThat(say(Right.STATS, line)).containsExactly("08P01 admin access needed");
        assertThat(ordered).isEmpty();
    }

    @Test
    void whatDriversAskOfAnyServerIsAnswered() {
        assertThat(say(Right.STATS, "SHOW TimeZone")).containsExactly("timezone", "GMT");
        assertThat(say(Right.STATS, "SHOW client_encoding"))
                .containsExactly("client_encoding", "UTF-8");
        assertThat(say(Right.STATS, "SET DateStyle = 'ISO'"))
                .containsExactly("NOTICE SET ignored", "SET");
    }

    @Test
    void whatIsRefusedIsTold() {
        outcome = new Outcome.Refused("no such database: shop");
        assertThat(say(Right.ADMIN, "PAUSE shop")).containsExactly("08P01 no such database: shop");
        outcome = new Outcome.Refused("08P01", "SET failed", "x is no setting");
        assertThat(say(Right.ADMIN, "SET x=1"))
                .containsExactly("08P01 SET failed", "HINT x is no setting");
        outcome = new Outcome.Noted("takes effect at a restart");
        assertThat(say(Right.ADMIN, "SET listen_port=3"))
                .containsExactly("NOTICE takes effect at a restart", "SET listen_port=3");
    }

    @Test
    void helpIsANotice() {
        assertThat(say(Right.STATS, "show help")).containsExactly("NOTICE Console usage", "SHOW");
    }

    // ---- tables

    @Test
    void statsAreAsPgbouncers() {
        assertThat(say(Right.STATS, "SHOW STATS"))
                .containsExactly(
                        "database total_server_assignment_count total_xact_count"
                                + " total_query_count total_received total_sent total_xact_time"
                                + " total_query_time total_wait_time total_client_parse_count"
                                + " total_server_parse_count total_bind_count"
                                + " total_client_login_count avg_server_assignment_count"
                                + " avg_xact_count avg_query_count avg_recv avg_sent avg_xact_time"
                                + " avg_query_time avg_wait_time avg_client_parse_count"
                                + " avg_server_parse_count avg_bind_count avg_client_login_count",
                        "shop|1|2|3|4|5|6|7|8|9|10|11|12" + "|21|22|23|24|25|26|27|28|29|30|31|32");
        assertThat(say(Right.STATS, "SHOW STATS_TOTALS"))
                .containsExactly(
                        "database server_assignment_count xact_count query_count bytes_received"
                                + " bytes_sent xact_time query_time wait_time client_parse_count"
                                + " server_parse_count bind_count client_login_count",
                        "shop|1|2|3|4|5|6|7|8|9|10|11|12");
        assertThat(say(Right.STATS, "SHOW STATS_AVERAGES"))
                .containsExactly(
                        "database server_assignment_count xact_count query_count bytes_received"
                                + " bytes_sent xact_time query_time wait_time"
                                + " avg_client_parse_count avg_server_parse_count avg_bind_count"
                                + " avg_client_login_count",
                        "shop|21|22|23|24|25|26|27|28|29|30|31|32");
        assertThat(say(Right.STATS, "SHOW TOTALS"))
                .startsWith("name value", "total_server_assignment_count|1", "total_xact_count|2")
                .contains("total_client_bytes|4", "total_ps_bind_count|11", "avg_server_bytes|25")
                .hasSize(25);
    }

    /// What one takes is the mean of all of them, wherever they were.
    @Test
    void totalsHaveTheMeansOfAllDatabases() {
        Overview two =
                new Picture() {
                    @Override
                    public List<TrafficLine> traffic() {
                        return List.of(line("shop", 9, 30, 5), line("bank", 1, 10, 25));
                    }

                    private TrafficLine line(String name, long xacts, long queries, long takes) {
                        return new TrafficLine(
                                name,
                                Totals.NONE,
                                new Totals(0, xacts, queries, 0, 0, takes, takes, 7, 0, 0, 0, 0));
                    }
                };
        assertThat(say(Right.STATS, "SHOW TOTALS", two))
                .contains("avg_xact_count|10", "avg_xact_time|7", "avg_query_time|10")
                .contains("avg_wait_time|14");
    }

    @Test
    void poolsAreAsPgbouncers() {
        assertThat(say(Right.STATS, "SHOW POOLS"))
                .containsExactly(
                        "database user cl_active cl_waiting cl_active_cancel_req"
                                + " cl_waiting_cancel_req sv_active sv_active_cancel"
                                + " sv_being_canceled sv_idle sv_used sv_tested sv_login maxwait"
                                + " maxwait_us pool_mode load_balance_hosts",
                        "shop|ann|3|2|1|0|2|0|0|4|1|0|1|2|500001|transaction|NULL");
    }

    @Test
    void connectionsAreAsPgbouncers() {
        String columns =
                "type user database replication state addr port local_addr local_port connect_time"
                        + " request_time wait wait_us close_needed ptr link remote_pid tls"
                        + " application_name prepared_statements id";
        String buffers = " recv_pos pkt_pos pkt_remain send_pos send_remain pkt_avail send_avail";
        String times = "2026-11-22 11:26:15 UTC|2026-11-22 11:26:15 UTC|1|504|0";
        assertThat(say(Right.STATS, "SHOW CLIENTS"))
                .containsExactly(
                        columns,
                        "C|ann|shop|none|active|10.0.0.9|40210|10.0.0.1|6432|"
                                + times
                                + "|C-0x11|S-0x4|0||psql|2|17");
        assertThat(say(Right.STATS, "SHOW SERVERS"))
                .containsExactly(
                        columns,
                        "S|ann|shop|none|active|10.0.0.9|40210|10.0.0.1|6432|"
                                + times
                                + "|S-0x4|C-0x11|0||psql|2|4");
        assertThat(say(Right.STATS, "SHOW SOCKETS")).hasSize(3).startsWith(columns + buffers);
        assertThat(say(Right.STATS, "SHOW ACTIVE_SOCKETS")).startsWith(columns + buffers);
        assertThat(heard.get(1)).startsWith("C|ann|shop|none|cl_active|").endsWith("|0|0|0");
    }

    @Test
    void databasesAreAsPgbouncers() {
        assertThat(say(Right.STATS, "SHOW DATABASES"))
                .containsExactly(
                        "name host port database force_user pool_size min_pool_size"
                                + " reserve_pool_size server_lifetime pool_mode load_balance_hosts"
                                + " max_connections current_connections max_client_connections"
                                + " current_client_connections paused disabled",
                        "shop|10.0.0.1,10.0.0.2|5432|shopdb|NULL|20|1|2|3600|transaction"
                                + "|round-robin|50|7|0|3|1|0");
    }

    @Test
    void theOthersAreAsPgbouncers() {
        assertThat(say(Right.STATS, "SHOW USERS"))
                .containsExactly(
                        "name pool_size reserve_pool_size pool_mode max_user_connections"
                                + " current_connections max_user_client_connections"
                                + " current_client_connections",
                        "ann|        5||NULL|0|7|0|3");
        assertThat(say(Right.STATS, "SHOW LISTS"))
                .containsExactly(
                        "list items",
                        "databases|1",
                        "users|1",
                        "peers|0",
                        "pools|1",
                        "peer_pools|0",
                        "free_clients|0",
                        "used_clients|1",
                        "login_clients|0",
                        "free_servers|0",
                        "used_servers|8",
                        "dns_names|0",
                        "dns_zones|0",
                        "dns_queries|0",
                        "dns_pending|0");
        assertThat(say(Right.STATS, "SHOW CONFIG"))
                .containsExactly("key value default changeable", "listen_port|6432|6432|no");
        assertThat(say(Right.STATS, "SHOW STATE"))
                .containsExactly("key value", "active|no", "paused|yes", "suspended|no");
        assertThat(say(Right.STATS, "SHOW VERSION")).containsExactly("version", "PgBouncer 1.25.2");
        assertThat(say(Right.STATS, "SHOW PEERS")).containsExactly("peer_id host port pool_size");
        assertThat(say(Right.STATS, "SHOW PEER_POOLS"))
                .containsExactly(
                        "peer_id cl_active_cancel_req cl_waiting_cancel_req sv_active_cancel"
                                + " sv_login");
        assertThat(say(Right.STATS, "SHOW MEM")).containsExactly("name size used free memtotal");
        assertThat(say(Right.STATS, "SHOW DNS_HOSTS")).containsExactly("hostname ttl addrs");
        assertThat(say(Right.STATS, "SHOW DNS_ZONES")).containsExactly("zonename serial count");
        assertThat(say(Right.ADMIN, "SHOW FDS"))
                .containsExactly(
                        "fd task user database addr port cancel link client_encoding std_strings"
                                + " datestyle timezone password scram_client_key"
                                + " scram_server_key");
    }

    @Test
    void theMembersAreShownWithWhatTheyAreThereFor() {
        assertThat(say(Right.STATS, "SHOW ROUTES"))
                .containsExactly(
                        "member host port role state duty lag connections",
                        "pg1|10.0.0.1|5432|primary|running|ready|0|3",
                        "pg2|10.0.0.2|5432|replica|running|drain|-1|0");
        assertThat(say(Right.ADMIN, "DRAIN")).containsExactly("08P01 a member is required");
        assertThat(say(Right.STATS, "DRAIN pg2").getFirst()).startsWith("08P01");
        assertThat(ordered).isEmpty();
    }

    @Test
    void whoKeepsAServerIsShownWithTheReason() {
        assertThat(say(Right.STATS, "SHOW PINS"))
                .containsExactly(
                        "id database user addr port member remote_pid reason why seconds",
                        "17|shop|ann|10.0.0.9|40210|pg1|4711|idle_transaction"
                                + "|a transaction is open, and its server waits for the client|42",
                        "18|shop|ann|10.0.0.9|40210|pg1|4711|session"
                                + "|session pooling; its server keeps for it: LISTEN|42",
                        "19|shop|ann|10.0.0.9|40210|pg1|4711|session|session pooling|42");
    }

    @Test
    void numbersHaveTheTypesThatMonitorsExpect() {
        assertThat(Subject.STATS.columns())
                .extracting(Column::type)
                .startsWith(Column.Type.TEXT, Column.Type.NUMERIC)
                .doesNotContain(Column.Type.INTEGER);
        assertThat(Subject.POOLS.columns().get(2).type().oid()).isEqualTo(23);
        assertThat(Subject.DNS_HOSTS.columns().get(1).type().oid()).isEqualTo(20);
    }
}

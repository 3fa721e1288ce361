package io.toomai.proxy.page;

import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.Condition;
import io.toomai.proxy.console.Overview.Rank;
import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.console.Overview.Standing;
import io.toomai.proxy.console.Overview.StopLine;
import io.toomai.proxy.console.Overview.WayLine;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// HAProxy's statistics (`show stat`, `;csv`) of our routes: its columns by its names and in its
/// order, then ours. A cell is empty where we have nothing that means the same.
public final class HaproxyCsv {
    /// HAProxy's, without those that follow its column `-` and differ from build to build.
    public static final List<String> COLUMNS =
            List.of(
                    ("pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,"
                                    + "eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,"
                                    + "lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,"
                                    + "type,rate,rate_lim,rate_max,check_status,check_code,"
                                    + "check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,"
                                    + "hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,"
                                    + "cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,"
                                    + "lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,"
                                    + "agent_status,agent_code,agent_duration,check_desc,"
                                    + "agent_desc,check_rise,check_fall,check_health,agent_rise,"
                                    + "agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,"
                                    + "conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,"
                                    + "reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,"
                                    + "ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,"
                                    + "safe_conn_cur,used_conn_cur,need_conn_est,uweight,"
                                    + "agg_server_status,agg_server_check_status,agg_check_status")
                            .split(","));

    /// Ours: bytes behind the leader, the role, and why no client is led there.
    public static final List<String> OWN = List.of("lag", "role", "why");

    private static final Set<Stand> LED_TO = Set.of(Stand.UP, Stand.UNTRIED);

    private final StringBuilder out = new StringBuilder();
    private final Map<String, String> cells = new HashMap<>();

    private HaproxyCsv() {}

    public static String of(Overview overview) {
        HaproxyCsv csv = new HaproxyCsv();
        csv.out.append("# ");
        COLUMNS.forEach(name -> csv.out.append(name).append(','));
        OWN.forEach(name -> csv.out.append(name).append(','));
        csv.out.append('\n');
        int number = 0;
        for (WayLine way : overview.ways()) {
            number++;
            csv.frontend(way, number, overview.condition());
            int server = 0;
            for (StopLine stop : way.stops()) {
                server++;
                csv.server(way, stop, number, server);
            }
            csv.backend(way, number);
        }
        return csv.out.toString();
    }

    private void frontend(WayLine way, int number, Condition condition) {
        begin(way, "FRONTEND", 0);
        place(number, 0);
        put("scur", way.clients().all());
        put("slim", way.mostClients());
        through(way);
        put("status", condition == Condition.SUSPENDED ? "STOP" : "OPEN");
        end();
    }

    private void backend(WayLine way, int number) {
        begin(way, "BACKEND", 1);
        place(number, 0);
        put("qcur", way.clients().waiting());
        put("scur", way.clients().all());
        through(way);
        put("lbtot", way.total().assignments());
        standing(way.standing());
        List<StopLine> up =
                way.stops().stream()
                        .filter(stop -> LED_TO.contains(stop.standing().stand()))
                        .toList();
        put("weight", up.stream().mapToLong(StopLine::weight).sum());
        put("act", up.stream().filter(stop -> stop.rank() == Rank.ACTIVE).count());
        put("bck", up.stream().filter(stop -> stop.rank() == Rank.BACKUP).count());
        end();
    }

    private void server(WayLine way, StopLine stop, int number, int server) {
        begin(way, stop.name(), 2);
        place(number, server);
        put("scur", stop.servers().open());
        put("used_conn_cur", stop.servers().active());
        put("idle_conn_cur", stop.servers().open() - stop.servers().active());
        standing(stop.standing());
        put("weight", stop.weight());
        put("uweight", stop.weight());
        put("act", stop.rank() == Rank.ACTIVE ? 1 : 0);
        put("bck", stop.rank() == Rank.BACKUP ? 1 : 0);
        put("addr", stop.host() + ":" + stop.port());
        put("last_chk", stop.why());
        put("role", stop.role());
        put("why", stop.why());
        if (stop.lag() >= 0) {
            put("lag", stop.lag());
        }
        end();
    }

    // ---- cells

    private void begin(WayLine way, String name, int type) {
        put("pxname", way.route());
        put("svname", name);
        put("type", type);
        put("mode", "tcp");
    }

    private void place(int number, int server) {
        put("pid", 1);
        put("iid", number);
        put("sid", server);
    }

    private void through(WayLine way) {
        put("stot", way.total().logins());
        put("conn_tot", way.total().logins());
        put("bin", way.total().received());
        put("bout", way.total().sent());
    }

    private void standing(Standing standing) {
        put("status", status(standing.stand()));
        put("chkdown", standing.falls());
        put("lastchg", standing.seconds());
        put("downtime", standing.secondsDown());
    }

    /// In HAProxy's words. NOLB is a server that works and gets no new connections.
    private static String status(Stand stand) {
        return switch (stand) {
            case UP -> "UP";
            case DOWN -> "DOWN";
            case DRAIN -> "DRAIN";
            case MAINTENANCE -> "MAINT";
            case PASSED_BY -> "NOLB";
            case UNTRIED -> "no check";
        };
    }

    private void put(String column, long value) {
        put(column, Long.toString(value));
    }

    private void put(String column, String value) {
        cells.put(column, value);
    }

    private void end() {
        out.append(line(COLUMNS)).append(',').append(line(OWN)).append(",\n");
        cells.clear();
    }

    private String line(List<String> columns) {
        return columns.stream()
                .map(name -> quoted(cells.getOrDefault(name, "")))
                .collect(Collectors.joining(","));
    }

    /// As HAProxy does it: only what would break the line.
    private static String quoted(String cell) {
        return cell.matches("[^,\"\r\n]*")
                ? cell
                : '"' + cell.replace("\"", "\"\"").replaceAll("[\r\n]", " ") + '"';
    }
}

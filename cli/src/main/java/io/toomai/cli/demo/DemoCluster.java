package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoException.Code;
import io.toomai.cli.demo.DemoPlan.NodePlan;
import io.toomai.cli.demo.DemoPlan.Replication;
import io.toomai.cli.demo.Signals.Signal;
import io.toomai.cli.rest.Access;
import io.toomai.cli.rest.Http;
import io.toomai.cli.rest.Http.Request;
import io.toomai.cli.rest.Node;
import io.toomai.cli.rest.Reply;
import io.toomai.cli.view.ClusterAnswer;
import io.toomai.cli.view.ClusterAnswer.MemberRow;
import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The running demo: its processes and what the members say. Thread-safe.
final class DemoCluster {
    private static final Duration PATIENCE = Duration.ofMillis(700);
    private static final Duration SWITCHOVER = Duration.ofSeconds(60);

    private final DemoPlan plan;
    private final Owner owner;
    private final Launch launch;
    private final Http http = new Http(Access.OPEN);
    private final Map<String, Long> agents = new LinkedHashMap<>();
    private final Map<String, Condition> conditions = new LinkedHashMap<>();
    private Optional<NodePlan> answering = Optional.empty();

    DemoCluster(DemoPlan plan, Owner owner) {
        this.plan = plan;
        this.owner = owner;
        this.launch = Launch.of(owner);
        plan.nodes().forEach(node -> conditions.put(node.name(), Condition.RUNNING));
    }

    /// What was last done to a node on purpose.
    enum Condition {
        RUNNING,
        FROZEN,
        KILLED
    }

    DemoPlan plan() {
        return plan;
    }

    /// Makes folders and settings files.
    void write() {
        try {
            owner.folder(plan.folder());
            for (NodePlan node : plan.nodes()) {
                owner.folder(node.folder());
                owner.file(node.config(), DemoConfig.of(plan, node));
            }
        } catch (IOException e) {
            throw new DemoException(
                    Code.NO_FOLDER, "cannot prepare " + plan.folder() + ": " + e.getMessage());
        }
    }

    void startAll() {
        plan.nodes().forEach(this::start);
    }

    private synchronized void start(NodePlan node) {
        agents.put(node.name(), launch.start(node));
        conditions.put(node.name(), Condition.RUNNING);
    }

    synchronized Condition condition(NodePlan node) {
        return conditions.getOrDefault(node.name(), Condition.RUNNING);
    }

    synchronized long agentPid(NodePlan node) {
        return agents.getOrDefault(node.name(), 0L);
    }

    /// Nodes whose agent ended though nobody killed it.
    List<NodePlan> fallen() {
        return plan.nodes().stream()
                .filter(node -> condition(node) == Condition.RUNNING)
                .filter(node -> !Signals.isAlive(agentPid(node)))
                .toList();
    }

    /// What the first node that answers says about the cluster.
    synchronized Optional<ClusterAnswer> view() {
        var nodes = new ArrayList<NodePlan>();
        answering.ifPresent(nodes::add);
        nodes.addAll(plan.nodes());
        for (NodePlan node : nodes) {
            if (conditions.get(node.name()) != Condition.RUNNING) {
                continue;
            }
            Reply reply = http.send(rest(node), Request.get("/cluster"), PATIENCE);
            Optional<ClusterAnswer> view = parse(reply);
            if (view.isPresent()) {
                answering = Optional.of(node);
                return view;
            }
        }
        return Optional.empty();
    }

    private static Node rest(NodePlan node) {
        return new Node("http", DemoPlan.HOST, node.ports().rest());
    }

    private static Optional<ClusterAnswer> parse(Reply reply) {
        try {
            return reply instanceof Reply.Answered answer && answer.ok()
                    ? Optional.of(new ClusterAnswer("", Json.parse(answer.body())))
                    : Optional.empty();
        } catch (SettingsException e) {
            return Optional.empty();
        }
    }

    /// One running leader, every other member streaming, and in synchronous mode a standby that
    /// confirms.
    boolean isHealthy(ClusterAnswer view) {
        boolean leads = view.leader().filter(l -> l.state().equals("running")).isPresent();
        long streaming = view.members().stream().filter(m -> m.state().equals("streaming")).count();
        boolean confirmed =
                plan.replication() == Replication.ASYNCHRONOUS
                        || plan.nodes().size() == 1
                        || view.members().stream().anyMatch(MemberRow::isSynchronous);
        return leads && streaming == plan.nodes().size() - 1 && confirmed;
    }

    Optional<NodePlan> primary() {
        return view().flatMap(ClusterAnswer::leader).map(leader -> plan.node(leader.name()));
    }

    /// kill -9 of a postmaster; its children end by themselves.
    boolean killPostmaster(NodePlan node) {
        Optional<Long> pid = Signals.postmaster(node);
        pid.ifPresent(found -> Signals.send(Signal.KILL, List.of(found)));
        return pid.isPresent();
    }

    /// kill -9 of everything on a node at once, as if its power were cut.
    synchronized void killNode(NodePlan node) {
        conditions.put(node.name(), Condition.KILLED);
        Signals.send(Signal.KILL, processes(node));
    }

    synchronized void freeze(NodePlan node) {
        conditions.put(node.name(), Condition.FROZEN);
        Signals.send(Signal.STOP, processes(node));
    }

    /// Thaws or starts a node again.
    synchronized void bringBack(NodePlan node) {
        switch (condition(node)) {
            case FROZEN -> {
                Signals.send(Signal.CONT, processes(node));
                conditions.put(node.name(), Condition.RUNNING);
            }
            case KILLED -> start(node);
            case RUNNING -> {
                if (!Signals.isAlive(agentPid(node))) {
                    start(node);
                }
            }
        }
    }

    private static List<Long> processes(NodePlan node) {
        var pids = new ArrayList<>(Signals.agentsOf(node));
        pids.addAll(Signals.servers(node.folder()));
        return pids;
    }

    /// Asks the leader to hand over; the text of its answer.
    String switchover() {
        Optional<ClusterAnswer> view = view();
        Optional<NodePlan> leader =
                view.flatMap(ClusterAnswer::leader).map(l -> plan.node(l.name()));
        if (leader.isEmpty()) {
            return "there is no leader to switch over from";
        }
        Json body = Json.Obj.EMPTY.with("leader", leader.get().name());
        return switch (http.send(
                rest(leader.get()), Request.of("POST", "/switchover", body), SWITCHOVER)) {
            case Reply.Answered(_, String text) -> text.strip();
            case Reply.NoAnswer(String reason) -> reason;
        };
    }

    /// `demo.json` and the answer to `--format json`.
    Json describe() {
        var members = new ArrayList<Json>();
        for (NodePlan node : plan.nodes()) {
            members.add(
                    Json.Obj.EMPTY
                            .with("name", node.name())
                            .with("config", node.config().toString())
                            .with("host", DemoPlan.HOST)
                            .with("port", Json.of(node.ports().postgres()))
                            .with("proxy_port", Json.of(node.ports().proxy()))
                            .with("restapi", node.restapi())
                            .with("agent_pid", Json.of(agentPid(node)))
                            .with("postmaster_pid", Json.of(Signals.postmaster(node).orElse(0L))));
        }
        return Json.Obj.EMPTY
                .with("dir", plan.folder().toString())
                .with("scope", DemoPlan.SCOPE)
                .with(
                        "superuser",
                        Json.Obj.EMPTY
                                .with("username", DemoPlan.SUPERUSER)
                                .with("password", plan.passwords().superuser().reveal()))
                .with("members", new Json.Arr(members));
    }

    /// Writes `demo.json`, which `--dir` and `demo stop` read.
    void save() {
        try {
            owner.file(plan.folder().resolve("demo.json"), describe().spaced() + "\n");
        } catch (IOException e) {
            throw new DemoException(Code.NO_FOLDER, "cannot write demo.json: " + e.getMessage());
        }
    }

    /// The last lines of a node's log, for a failure report.
    static String lastLines(NodePlan node, int count) {
        try {
            List<String> lines =
                    Arrays.asList(
                            java.nio.file.Files.readString(node.log()).strip().split("\n", -1));
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
        } catch (IOException e) {
            return "(no log)";
        }
    }
}

package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.zookeeper.Reply.Ok;
import io.toomai.dcs.zookeeper.Reply.Refused;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/// One client handle and the session behind it. Requests are sent at once and answered in the order
/// they were sent; several can be under way, and each is waited for with a deadline.
///
/// All callers share the handle, also the lease guard: requests are pipelined, so a renewal waits
/// for no other caller's answer, only for the few kilobytes that were queued before it (bulk reads
/// are limited to two at a time).
final class Attachment {
    /// For a change that goes by no version.
    static final int ANY_VERSION = -1;

    private final ClientHandle zk;
    private final Activity activity;
    private final Duration requestedTtl;
    private final ZooKeeperServers servers;
    private final String who;
    private volatile Use use = Use.CURRENT;

    private enum Use {
        CURRENT,
        ABANDONED
    }

    /// @param who for messages: which member talks to which servers
    Attachment(
            ClientHandle zk,
            Activity activity,
            Duration requestedTtl,
            ZooKeeperSettings settings,
            String who) {
        this.zk = zk;
        this.activity = activity;
        this.requestedTtl = requestedTtl;
        this.servers = settings.servers();
        this.who = who;
    }

    /// A znode as read.
    record Node(String value, Stat stat) {}

    ClientHandle handle() {
        return zk;
    }

    Activity activity() {
        return activity;
    }

    /// Leaves the session to another attachment. What is under way gets no answer.
    void abandon() {
        use = Use.ABANDONED;
        zk.abandon();
    }

    Duration requestedTtl() {
        return requestedTtl;
    }

    /// The session timeout that the server granted; only while connected.
    Duration negotiatedTtl() {
        return Duration.ofMillis(zk.getSessionTimeout());
    }

    long session() {
        return zk.getSessionId();
    }

    boolean owns(Stat stat) {
        return session() != 0 && stat.getEphemeralOwner() == session();
    }

    /// A request under way.
    final class Pending<T> {
        private final MonoTime sent = Deadline.now();
        private final CompletableFuture<Reply<T>> reply = new CompletableFuture<>();
        private final String what;
        private final List<String> paths;

        private Pending(String what, List<String> paths) {
            this.what = what;
            this.paths = paths;
        }

        MonoTime sent() {
            return sent;
        }

        private void complete(int rc, @Nullable T value, int operation) {
            KeeperException.Code code = codeOf(rc);
            if (code == KeeperException.Code.OK && value != null) {
                reply.complete(new Ok<>(value));
            } else {
                reply.complete(
                        new Refused<>(
                                code == null ? KeeperException.Code.SYSTEMERROR : code, operation));
            }
        }

        /// The server's answer.
        ///
        /// @throws DcsException when there was none, or none that can be used
        Reply<T> await(Deadline deadline) {
            Reply<T> answer;
            try {
                answer = reply.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new DcsException(
                        Code.DCS_TIMEOUT, who + " did not answer in time: " + question(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DcsException(
                        Code.DCS_TIMEOUT,
                        "interrupted while " + who + " was asked: " + question(),
                        e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("replies are only completed normally", e);
            }
            if (answer instanceof Refused<T>(KeeperException.Code code, int operation)) {
                failure(code).ifPresent(failure -> fail(failure, code, operation));
            }
            activity.answered(sent, Deadline.now());
            return answer;
        }

        private String question() {
            return what + " " + String.join(", ", new LinkedHashSet<>(paths));
        }

        private void fail(Code failure, KeeperException.Code code, int operation) {
            throw new DcsException(
                    failure,
                    failure == Code.DCS_DENIED
                            ? who + " denies: " + what + " " + denial(code, paths.get(operation))
                            : who + " failed: " + question() + ": " + code);
        }
    }

    /// The client calls the session expired when its handle is closed, also for what was sent and
    /// may have been done. The session goes on elsewhere: nobody knows, as after a lost connection.
    private KeeperException.@Nullable Code codeOf(int rc) {
        KeeperException.Code code = KeeperException.Code.get(rc);
        return code == KeeperException.Code.SESSIONEXPIRED && use == Use.ABANDONED
                ? KeeperException.Code.CONNECTIONLOSS
                : code;
    }

    /// Codes that are no answer to the question.
    private static Optional<Code> failure(KeeperException.Code code) {
        return switch (code) {
            case NONODE, NODEEXISTS, BADVERSION -> Optional.empty();
            case CONNECTIONLOSS, OPERATIONTIMEOUT, REQUESTTIMEOUT, SESSIONMOVED ->
                    Optional.of(Code.DCS_CONNECTION);
            case SESSIONEXPIRED, EPHEMERALONLOCALSESSION -> Optional.of(Code.DCS_SESSION_EXPIRED);
            case AUTHFAILED, NOAUTH, INVALIDACL, SESSIONCLOSEDREQUIRESASLAUTH, QUOTAEXCEEDED ->
                    Optional.of(Code.DCS_DENIED);
            default -> Optional.of(Code.DCS_PROTOCOL); // ZooKeeper's enum, not ours
        };
    }

    /// What the operator may do about it.
    private String denial(KeeperException.Code code, String path) {
        return path
                + ": "
                + switch (code) {
                    case NOAUTH ->
                            "the znode's access control list does not allow it (NOAUTH). Show"
                                    + " another identity ("
                                    + servers.nearness().loginSetting()
                                    + ", or the client"
                                    + " certificate), or have somebody with the right ADMIN change"
                                    + " the list; members that share a scope need one identity, or"
                                    + " a zookeeper.set_acls that names them all";
                    case INVALIDACL ->
                            "the server knows no such access control list (INVALIDACL); correct"
                                    + " zookeeper.set_acls";
                    case QUOTAEXCEEDED -> "its quota is used up (QUOTAEXCEEDED); raise it";
                    default -> servers.whyDenied() + " (" + code + ")";
                };
    }

    private <T> Pending<T> send(String what, String path, Consumer<Pending<T>> request) {
        return send(what, List.of(path), request);
    }

    private <T> Pending<T> send(String what, List<String> paths, Consumer<Pending<T>> request) {
        Pending<T> pending = new Pending<>(what, paths);
        request.accept(pending);
        return pending;
    }

    Pending<Stat> exists(String path) {
        return send(
                "exists",
                path,
                p -> zk.exists(path, false, (rc, _, _, stat) -> p.complete(rc, stat, 0), null));
    }

    Pending<Node> get(String path) {
        return send(
                "get",
                path,
                p ->
                        zk.getData(
                                path,
                                false,
                                (rc, _, _, data, stat) -> p.complete(rc, node(data, stat), 0),
                                null));
    }

    private static @Nullable Node node(byte @Nullable [] data, @Nullable Stat stat) {
        return stat == null ? null : new Node(data == null ? "" : Scope.text(data), stat);
    }

    Pending<List<String>> children(String path) {
        return send(
                "children",
                path,
                p ->
                        zk.getChildren(
                                path, false, (rc, _, _, names) -> p.complete(rc, names, 0), null));
    }

    /// Later reads on this attachment see at least what was committed when this was sent. A
    /// transaction that changes nothing: ZooKeeper's own `sync` is not waited for by the server
    /// that leads the others, whose commits may be on their way to its memory.
    Pending<List<OpResult>> barrier(String path) {
        return multi(List.of(Op.check(path, ANY_VERSION)));
    }

    Pending<Stat> create(String path, List<ACL> acl, byte[] data, CreateMode mode) {
        return send(
                "create",
                path,
                p ->
                        zk.create(
                                path,
                                data,
                                acl,
                                mode,
                                (int rc, String _, Object _, String _, Stat stat) ->
                                        p.complete(rc, stat, 0),
                                null));
    }

    Pending<Stat> set(String path, byte[] data, int version) {
        return send(
                "set",
                path,
                p -> zk.setData(path, data, version, (rc, _, _, s) -> p.complete(rc, s, 0), null));
    }

    Pending<String> delete(String path, int version) {
        return send(
                "delete",
                path,
                p -> zk.delete(path, version, (rc, _, _) -> p.complete(rc, path, 0), null));
    }

    /// All or none, on the quorum.
    Pending<List<OpResult>> multi(List<Op> operations) {
        return send(
                "transaction on",
                operations.stream().map(Op::getPath).toList(),
                p ->
                        zk.multi(
                                operations,
                                (rc, _, _, results) ->
                                        p.complete(rc, results, failedOperation(results)),
                                null));
    }

    private static int failedOperation(@Nullable List<OpResult> results) {
        if (results != null) {
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof OpResult.ErrorResult error && error.getErr() != 0) {
                    return i;
                }
            }
        }
        return 0;
    }

    static Op setOp(String path, String value, int version) {
        return Op.setData(path, Scope.bytes(value), version);
    }

    /// The stat of the last `setData` of a committed transaction.
    static Stat lastStat(List<OpResult> results) {
        for (int i = results.size() - 1; i >= 0; i--) {
            if (results.get(i) instanceof OpResult.SetDataResult set) {
                return set.getStat();
            }
        }
        throw new IllegalStateException("the transaction set no data: " + results);
    }
}

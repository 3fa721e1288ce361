package io.toomai.dcs.embedded;

import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.embedded.Answer.Runs;
import io.toomai.dcs.embedded.Answer.Silent;
import io.toomai.dcs.embedded.Answer.Waits;
import io.toomai.dcs.embedded.Membership.Member;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;

/// What an operator may ask of this member of the store and do to the store. Any thread; each call
/// takes at most a minute and a half.
final class StoreOperations {
    private static final Duration TIMEOUT = Duration.ofSeconds(8);
    private static final Duration UNTIL_ALONE = Duration.ofSeconds(60);
    private static final int ATTEMPTS = 5;
    private static final String COST =
            " What only the lost voters had confirmed in their last moment is not in this copy; and a voter that comes back with its old data would be a second store beside this one, so empty the store directory of each before it starts again.";

    private final EmbeddedStore store;

    StoreOperations(EmbeddedStore store) {
        this.store = store;
    }

    /// @throws DcsException that says why not
    Json.Obj run(Json.Obj request) {
        return switch (request.textAt("do")) {
            case "status" -> status();
            case "remove" -> remove(request.textAt("id"));
            case "found-alone" -> foundAlone(request.textAt("force").equals("true"));
            case "backup" -> backup(request.textAt("path"));
            case "restore" -> restore(request.textAt("path"), request.at("keys"));
            default -> throw refused("this version does not know that command");
        };
    }

    private static DcsException refused(String why) {
        return new DcsException(Code.DCS_DENIED, why);
    }

    private int me() {
        return store.settings().myId();
    }

    // ---- status

    private Json.Obj status() {
        Membership membership = store.membership();
        Map<Member, Answer> answers = StoreStart.ask(store.question(), membership.members());
        List<Json> members = new ArrayList<>();
        answers.forEach((member, answer) -> members.add(told(member, answer)));
        long serving =
                membership.voters().stream().filter(voter -> serves(answers.get(voter))).count();
        return Json.object()
                .put("id", me())
                .put("state", word(store.state()))
                .put("version", Long.toHexString(membership.version()))
                .put("majority", serving * 2 > membership.voters().size())
                .put("members", new Json.Arr(members))
                .put(
                        "differences",
                        Json.texts(Membership.differences(membership, store.settings()).stream()))
                .done();
    }

    private Json.Obj told(Member member, Answer answer) {
        JsonFields fields =
                Json.object()
                        .put("id", member.id())
                        .put("role", member.role().title())
                        .put("host", member.host())
                        .put("peer_port", member.peerPort())
                        .put("election_port", member.electionPort());
        switch (answer) {
            case Runs(var state, var leader, _) -> {
                fields.put("state", word(state));
                if (serves(answer)) {
                    fields.put("leader", leader);
                }
            }
            case Waits _ -> fields.put("state", word(StoreState.FOUNDING));
            case Silent(var why) -> fields.put("state", "unreachable").put("reason", why);
        }
        return fields.done();
    }

    private static String word(StoreState state) {
        return switch (state) {
            case LOOKING -> "looking";
            case FOLLOWING -> "following";
            case LEADING -> "leading";
            case OBSERVING -> "observing";
            case DOWN -> "down";
            case FOUNDING -> "waiting";
        };
    }

    private static boolean serves(@Nullable Answer answer) {
        return answer instanceof Runs runs
                && switch (runs.state()) {
                    case FOLLOWING, LEADING, OBSERVING -> true;
                    case LOOKING, DOWN, FOUNDING -> false;
                };
    }

    // ---- remove

    private Json.Obj remove(String number) {
        Membership membership = store.membership();
        Member gone =
                membership.members().stream()
                        .filter(member -> String.valueOf(member.id()).equals(number))
                        .findFirst()
                        .orElseThrow(() ->
                                refused(
                                        "the store has no member %s; it has %s"
                                                .formatted(number, names(membership.members()))));
        if (gone.id() == me()) {
            throw refused(
                    "this node runs member %s; ask another node to remove it".formatted(number));
        }
        if (gone.role() == StoreRole.VOTER) {
            requireMajorityWithout(gone, membership);
        }
        Membership now = change(admin -> admin.remove(gone.id()));
        return Json.Obj.EMPTY.with(
                "done",
                "%s is removed; the store has %s. Take it off toomai.store.%ss on all nodes"
                        .formatted(gone.name(), names(now.members()), gone.role().title()));
    }

    private void requireMajorityWithout(Member gone, Membership membership) {
        List<Member> rest =
                membership.voters().stream().filter(voter -> voter.id() != gone.id()).toList();
        Map<Member, Answer> answers = StoreStart.ask(store.question(), rest);
        List<Member> away = rest.stream().filter(voter -> !serves(answers.get(voter))).toList();
        if ((rest.size() - away.size()) * 2 <= rest.size()) {
            throw refused(
                    "without %s the store would have no majority: %s. Start what is down first; or add a voter; if they are lost for good: toomai store found --alone on a node with data"
                            .formatted(
                                    gone.name(),
                                    rest.isEmpty()
                                            ? "it is the only voter"
                                            : names(away) + " does not serve"));
        }
    }

    private static String names(List<Member> members) {
        return members.stream().map(Member::name).collect(Collectors.joining(", "));
    }

    /// One call to the store, which may fail as any call to ZooKeeper.
    private interface Call<T> {
        T on(Admin admin) throws KeeperException, InterruptedException;
    }

    /// Tries again while another change is under way.
    private Membership change(Call<Membership> call) {
        for (int attempt = 1; ; attempt++) {
            try (Admin admin = Admin.connect(store.settings(), TIMEOUT)) {
                return call.on(admin);
            } catch (KeeperException.ReconfigInProgress e) {
                if (attempt == ATTEMPTS) {
                    throw failed(e);
                }
                store.pause(Duration.ofSeconds(1));
            } catch (KeeperException e) {
                throw failed(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw refused("interrupted");
            }
        }
    }

    private static DcsException failed(KeeperException e) {
        return new DcsException(
                Code.DCS_CONNECTION,
                "the store did not do it: %s. Look with toomai store status whether it happened"
                        .formatted(e.getMessage()),
                e);
    }

    private <T> T once(Call<T> call) {
        try (Admin admin = Admin.connect(store.settings(), TIMEOUT)) {
            return call.on(admin);
        } catch (KeeperException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused("interrupted");
        }
    }

    // ---- found alone

    private Json.Obj foundAlone(boolean forced) {
        Map<Integer, Member> others = new LinkedHashMap<>();
        Membership.listed(store.settings()).members().forEach(m -> others.put(m.id(), m));
        store.membership().members().forEach(m -> others.put(m.id(), m));
        others.remove(me());
        Map<Member, Answer> answers =
                StoreStart.ask(store.question(), List.copyOf(others.values()));
        List<Member> reached =
                answers.entrySet().stream()
                        .filter(entry -> !(entry.getValue() instanceof Silent))
                        .filter(entry -> entry.getKey().role() == StoreRole.VOTER)
                        .map(Map.Entry::getKey)
                        .toList();
        if (!reached.isEmpty() && !forced) {
            throw refused(
                    "%s can still be reached: two stores, and so two primaries, could come of this. Stop it for good first; --force does it all the same.%s"
                            .formatted(names(reached), COST));
        }
        boolean empty = !store.hasData();
        if (empty && !forced) {
            throw refused(
                    "this member has no data of the store: it would begin empty. Do it on a node whose member has data; with --force an empty store is founded, to which toomai store restore may bring a backup."
                            + COST);
        }
        store.beginAlone();
        if (!store.awaitServingAlone(UNTIL_ALONE)) {
            throw refused("it began, but does not serve yet; see the log of this node");
        }
        return Json.Obj.EMPTY.with(
                "done",
                "member %d is the only voter of the store now, %s.%s Started with an empty store directory they join this one by themselves"
                        .formatted(me(), empty ? "which is empty" : "with the data it had", COST));
    }

    // ---- backup

    private Json.Obj backup(String path) {
        Map<String, String> keys =
                once(admin -> {
                    Map<String, String> found = new LinkedHashMap<>();
                    for (DcsKey key : DcsKey.values()) {
                        Optional<String> value = admin.get(path + key.path());
                        value.ifPresent(text -> found.put(key.path(), text));
                    }
                    return found;
                });
        if (keys.isEmpty()) {
            throw refused("the store has nothing under " + path);
        }
        JsonFields fields = Json.object();
        keys.forEach(fields::put);
        return Json.object().put("path", path).put("keys", fields.done()).done();
    }

    /// Creates what is missing. Beside a leader nothing: it writes these keys itself.
    private Json.Obj restore(String path, Json keys) {
        List<DcsKey> wanted =
                Arrays.stream(DcsKey.values())
                        .filter(key -> keys.at(key.path()).string().isPresent())
                        .toList();
        if (wanted.isEmpty()) {
            throw refused("the backup holds no key of a cluster");
        }
        return once(admin -> {
            if (admin.get(path + "leader").isPresent()) {
                throw refused(
                        "%sleader exists: a cluster runs on this store and needs no restore. Stop its agents, run the store alone with toomai witness FILE, and restore then"
                                .formatted(path));
            }
            List<String> created = new ArrayList<>();
            List<String> kept = new ArrayList<>();
            for (DcsKey key : wanted) {
                boolean made =
                        admin.create(path + key.path(), keys.at(key.path()).string().orElseThrow());
                (made ? created : kept).add(key.path());
            }
            return Json.Obj.EMPTY.with(
                    "done",
                    "created %s; were there and are left alone: %s"
                            .formatted(
                                    created.isEmpty() ? "nothing" : String.join(", ", created),
                                    kept.isEmpty() ? "none" : String.join(", ", kept)));
        });
    }
}

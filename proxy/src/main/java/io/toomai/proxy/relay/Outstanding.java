package io.toomai.proxy.relay;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The requests of one server connection that are not answered yet, oldest first. Three arrays in
/// place of objects: they are written and read for every query. Not thread safe.
final class Outstanding {
    private static final int SMALL = 16;

    /// Tens of thousands of statements that a pipeline prepares or closes.
    private static final long MOST_MADE = 4 << 20;

    private Request[] requests = new Request[SMALL];
    private Answer[] answers = new Answer[SMALL];
    private @Nullable Subject[] subjects = new @Nullable Subject[SMALL];
    private int first;
    private int size;
    private long answered;

    /// Bytes of what the proxy will answer itself: nothing of that is sent anywhere meanwhile, and
    /// neither side's sending is slowed down by it.
    private long made;

    /// How many of them are no Syncs, and which of those was asked last.
    private int others;

    private Request latest = Request.SYNC;

    /// How many of them make the server ready for a query: whatever is asked before is answered.
    private int ends;

    /// How many of them execute anything.
    private int executing;

    /// How many of them bind a portal.
    private int binding;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void add(Request request, Answer answer, @Nullable Subject subject) {
        if (size == requests.length) {
            grow();
        }
        int at = (first + size) & (requests.length - 1);
        requests[at] = request;
        answers[at] = answer;
        subjects[at] = subject;
        size++;
        if (answer == Answer.IS_MADE_HERE) {
            made += weight(subject);
        }
        ends += isEnd(request) ? 1 : 0;
        executing += executes(request) ? 1 : 0;
        binding += request == Request.BIND ? 1 : 0;
        if (request != Request.SYNC) {
            others++;
            latest = request;
        }
    }

    private static long weight(@Nullable Subject subject) {
        return switch (subject) {
            case Subject.Named(var prepared, _, _) -> prepared.weight();
            case Subject.Unnamed(var prepared) -> prepared.weight();
            case null, default -> Prepared.LEAST_WEIGHT;
        };
    }

    private static boolean isEnd(Request request) {
        return request == Request.SYNC || request == Request.QUERY || request == Request.FUNCTION;
    }

    private static boolean executes(Request request) {
        return request == Request.EXECUTE
                || request == Request.QUERY
                || request == Request.FUNCTION;
    }

    /// Whether any of them does anything but prepare.
    boolean executes() {
        return executing > 0;
    }

    boolean binds() {
        return binding > 0;
    }

    /// Whether so much waits for answers before it that the proxy should take no more.
    boolean isFull() {
        return made > MOST_MADE;
    }

    /// Whether the server will be ready for a query, whatever the client sends next.
    boolean hasEnd() {
        return ends > 0;
    }

    /// The oldest, or nothing when all is answered.
    @Nullable Request head() {
        return size == 0 ? null : requests[first];
    }

    Answer headAnswer() {
        return answers[first];
    }

    @Nullable Subject headSubject() {
        return subjects[first];
    }

    /// What the oldest one is about that executes anything.
    @Nullable Subject executed() {
        for (int i = 0; i < size; i++) {
            int at = (first + i) & (requests.length - 1);
            if (executes(requests[at])) {
                return subjects[at];
            }
        }
        return null;
    }

    void remove() {
        if (answers[first] == Answer.IS_MADE_HERE) {
            made -= weight(subjects[first]);
        }
        ends -= isEnd(requests[first]) ? 1 : 0;
        executing -= executes(requests[first]) ? 1 : 0;
        binding -= requests[first] == Request.BIND ? 1 : 0;
        others -= requests[first] == Request.SYNC ? 0 : 1;
        subjects[first] = null;
        first = (first + 1) & (requests.length - 1);
        size--;
        answered++;
    }

    /// Of the oldest; each request of a connection has another.
    long headNumber() {
        return answered;
    }

    /// Of the one that is added next.
    long nextNumber() {
        return answered + size;
    }

    /// The oldest one's answer does not go to the client after all.
    void dropHead() {
        answers[first] = Answer.IS_DROPPED;
    }

    /// The subjects of those that are not answered yet, oldest first.
    void forEachSubject(Consumer<Subject> what) {
        for (int i = 0; i < size; i++) {
            Subject subject = subjects[(first + i) & (requests.length - 1)];
            if (subject != null) {
                what.accept(subject);
            }
        }
    }

    /// Whether there is at least one, and each is a SYNC.
    boolean areAllSyncs() {
        return size > 0 && others == 0;
    }

    boolean areSyncsBehindHead() {
        return others == 0 || (others == 1 && requests[first] != Request.SYNC);
    }

    /// Whether what was asked last, but for Syncs, is still to be executed.
    boolean endsWithExecution() {
        return others > 0 && (latest == Request.EXECUTE || latest == Request.QUERY);
    }

    /// Takes out every SYNC behind the head: in the middle of COPY a server reads them and answers
    /// none.
    void removeSyncsBehindHead() {
        int kept = 1;
        for (int i = 1; i < size; i++) {
            int from = (first + i) & (requests.length - 1);
            if (requests[from] != Request.SYNC) {
                int to = (first + kept) & (requests.length - 1);
                requests[to] = requests[from];
                answers[to] = answers[from];
                subjects[to] = subjects[from];
                kept++;
            }
        }
        ends -= Math.max(0, size - kept);
        size = Math.min(size, kept);
    }

    /// Gives the room of a long pipeline back once it is answered.
    void shrink() {
        if (size == 0 && requests.length > SMALL) {
            requests = new Request[SMALL];
            answers = new Answer[SMALL];
            subjects = new @Nullable Subject[SMALL];
            first = 0;
        }
    }

    private void grow() {
        int old = requests.length;
        Request[] moreRequests = new Request[old * 2];
        Answer[] moreAnswers = new Answer[old * 2];
        @Nullable Subject[] moreSubjects = new @Nullable Subject[old * 2];
        for (int i = 0; i < size; i++) {
            int from = (first + i) & (old - 1);
            moreRequests[i] = requests[from];
            moreAnswers[i] = answers[from];
            moreSubjects[i] = subjects[from];
        }
        requests = moreRequests;
        answers = moreAnswers;
        subjects = moreSubjects;
        first = 0;
    }
}

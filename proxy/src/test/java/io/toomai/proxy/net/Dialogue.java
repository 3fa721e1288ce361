package io.toomai.proxy.net;

import io.toomai.proxy.net.RawClient.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What a client sends step by step, and by what it knows that it was answered: to be led once with
/// the server and once through the proxy, which must make no difference.
record Dialogue(String name, List<Step> steps) {
    Dialogue {
        steps = List.copyOf(steps);
    }

    static Dialogue of(String name, Step... steps) {
        return new Dialogue(name, List.of(steps));
    }

    /// @param last of the type of this message
    /// @param times so many end the answer
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Step(byte[] bytes, char last, int times) {
        /// Answered by so many ReadyForQuery.
        static Step of(int ends, byte[]... parts) {
            return new Step(join(parts), 'Z', ends);
        }

        /// Answered by ReadyForQuery.
        static Step of(byte[]... parts) {
            return of(1, parts);
        }

        /// Answered by this, and no ReadyForQuery.
        static Step until(char last, byte[]... parts) {
            return new Step(join(parts), last, 1);
        }
    }

    static byte[] join(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /// What this client hears, byte for byte, a text for each step.
    List<String> heardBy(RawClient client) throws IOException {
        List<String> all = new ArrayList<>();
        for (Step step : steps) {
            client.send(step.bytes());
            StringBuilder answer = new StringBuilder();
            int left = step.times();
            while (left > 0) {
                Message said = client.read();
                answer.append(said.type())
                        .append(new String(said.body(), StandardCharsets.ISO_8859_1))
                        .append('\n');
                left -= said.type() == step.last() ? 1 : 0;
            }
            all.add(answer.toString());
        }
        return all;
    }

    @Override
    public String toString() {
        return name;
    }
}

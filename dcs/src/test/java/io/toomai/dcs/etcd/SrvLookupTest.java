package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.dcs.etcd.EtcdSettings.Srv;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Endpoint.Scheme;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// SRV records as a name server tells them.
class SrvLookupTest {
    private record Service(int priority, int port, String target) {}

    /// Answers questions for SRV records on a port of the loopback; to others there is no such
    /// name.
    private static final class NameServer implements AutoCloseable {
        private static final int HEADER = 12;
        private static final int TYPE_SRV = 33;
        private static final int CLASS_IN = 1;
        private static final int RESPONSE = 0x8580;
        private static final int NO_SUCH_NAME = 3;
        private static final int NAME_OF_QUESTION = 0xC000 | HEADER;

        private final DatagramSocket socket;
        private final Map<String, List<Service>> records;

        NameServer(Map<String, List<Service>> records) throws IOException {
            this.socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
            this.records = records;
            Thread.ofVirtual().start(this::answer);
        }

        String url() {
            return "dns://127.0.0.1:" + socket.getLocalPort();
        }

        private void answer() {
            byte[] buffer = new byte[512];
            try {
                while (!socket.isClosed()) {
                    DatagramPacket question = new DatagramPacket(buffer, buffer.length);
                    socket.receive(question);
                    byte[] reply = reply(Arrays.copyOf(buffer, question.getLength()));
                    socket.send(
                            new DatagramPacket(reply, reply.length, question.getSocketAddress()));
                }
            } catch (IOException e) {
                assertThat(socket.isClosed()).as("%s", e).isTrue();
            }
        }

        private byte[] reply(byte[] question) throws IOException {
            StringBuilder name = new StringBuilder();
            int at = HEADER;
            while (question[at] != 0) {
                name.append(new String(question, at + 1, question[at], StandardCharsets.US_ASCII))
                        .append('.');
                at += question[at] + 1;
            }
            List<Service> known = records.getOrDefault(name.toString(), List.of());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.write(question, 0, 2);
            out.writeShort(known.isEmpty() ? RESPONSE | NO_SUCH_NAME : RESPONSE);
            out.writeShort(1);
            out.writeShort(known.size());
            out.writeInt(0);
            out.write(question, HEADER, at + 5 - HEADER);
            for (Service record : known) {
                byte[] target = wireName(record.target());
                out.writeShort(NAME_OF_QUESTION);
                out.writeShort(TYPE_SRV);
                out.writeShort(CLASS_IN);
                out.writeInt(60);
                out.writeShort(6 + target.length);
                out.writeShort(record.priority());
                out.writeShort(0);
                out.writeShort(record.port());
                out.write(target);
            }
            return bytes.toByteArray();
        }

        private static byte[] wireName(String name) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (String label : name.split("\\.", -1)) {
                bytes.write(label.length());
                bytes.write(label.getBytes(StandardCharsets.US_ASCII));
            }
            bytes.write(0);
            return bytes.toByteArray();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Test
    void theFirstServiceThatHasRecordsIsUsedInTheOrderOfTheirPriority() throws IOException {
        try (NameServer names =
                new NameServer(
                        Map.of(
                                "_etcd-client._tcp.example.org.",
                                List.of(
                                        new Service(20, 2379, "e2.example.org"),
                                        new Service(10, 2380, "e1.example.org")),
                                "_etcd._tcp.example.org.",
                                List.of(new Service(1, 1, "old.example.org"))))) {
            assertThat(SrvLookup.endpoints(new Srv("example.org", Optional.empty()), names.url()))
                    .containsExactly(
                            new Endpoint(Scheme.HTTP, "e1.example.org", 2380),
                            new Endpoint(Scheme.HTTP, "e2.example.org", 2379));
        }
    }

    @Test
    void aSuffixIsPartOfTheNameAndSslMeansTls() throws IOException {
        try (NameServer names =
                new NameServer(
                        Map.of(
                                "_etcd-client-ssl-west._tcp.example.org.",
                                List.of(new Service(1, 2379, "w.example.org"))))) {
            assertThat(
                            SrvLookup.endpoints(
                                    new Srv("example.org", Optional.of("west")), names.url()))
                    .containsExactly(new Endpoint(Scheme.HTTPS, "w.example.org", 2379));
        }
    }

    @Test
    void whereNothingIsKnownThereIsNoEndpoint() throws IOException {
        try (NameServer names = new NameServer(Map.of())) {
            assertThat(SrvLookup.endpoints(new Srv("example.org", Optional.empty()), names.url()))
                    .isEmpty();
        }
    }
}

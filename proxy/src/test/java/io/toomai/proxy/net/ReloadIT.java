package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import io.toomai.wire.TestServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read again while somebody logs in counts for whoever that is, too.
final class ReloadIT {
    private static String settings(int port) {
        return "auth_type = plain\n[databases]\nshop = dbname=postgres host=127.0.0.1 port=" + port;
    }

    @Test
    void aDatabaseIsWhereItIsWhenItsClientComesIn(@TempDir Path directory) throws Exception {
        House house = House.open(directory, settings(FreePorts.next()));
        try (RawClient client = new RawClient(house.port())) {
            client.send(RawClient.packet(3, 0, "user\0postgres\0database\0shop\0\0"));
            assertThat(client.read().type()).isEqualTo('R');
            house.reload(settings(house.server().port()));
            client.send(RawClient.message('p', TestServer.PASSWORD + "\0"));
            client.answer();
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
        } finally {
            house.close();
        }
    }
}

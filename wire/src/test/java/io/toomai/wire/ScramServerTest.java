package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.wire.ScramServer.Binding;
import io.toomai.wire.ScramServer.Mechanism;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both ends of the exchange, against each other and against who cheats.
class ScramServerTest {
    private static final byte[] SALT = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    private static final byte[] HASH = {9, 9, 9};
    private static final ScramVerifier VERIFIER = ScramVerifier.of("geheim", SALT, 4096);
    private static final Binding NONE = new Binding.Impossible();

    private static ScramServer server(Binding binding) {
        return new ScramServer(VERIFIER, binding, "server");
    }

    private static ScramSha256 client(String password, ScramSha256.Binding binding) {
        return new ScramSha256("", new ScramKnowledge.Password(password), "client", binding);
    }

    @Test
    void theRightPasswordIsProvenToBothSides() {
        ScramServer server = server(NONE);
        ScramSha256 client = client("geheim", ScramSha256.Binding.none());
        String first = server.serverFirst(client.clientFirst(), Mechanism.PLAIN);
        ScramServer.Proven proven = server.serverFinal(client.clientFinal(first));
        client.verify(proven.message());
        assertThat(ScramCrypto.sha256(proven.clientKey())).isEqualTo(VERIFIER.storedKey());
        assertThat(proven.toString()).isEqualTo("Proven");
    }

    @Test
    void whatAProofBringsToLightOpensAServerWithTheSameVerifier() {
        ScramServer first = server(NONE);
        ScramSha256 client = client("geheim", ScramSha256.Binding.none());
        String challenge = first.serverFirst(client.clientFirst(), Mechanism.PLAIN);
        byte[] key = first.serverFinal(client.clientFinal(challenge)).clientKey();

        ScramSha256 proxy =
                new ScramSha256(
                        "",
                        new ScramKnowledge.Key(VERIFIER, key),
                        "proxy",
                        ScramSha256.Binding.none());
        ScramServer second = server(NONE);
        String again = second.serverFirst(proxy.clientFirst(), Mechanism.PLAIN);
        proxy.verify(second.serverFinal(proxy.clientFinal(again)).message());

        ScramServer other =
                new ScramServer(ScramVerifier.of("geheim", new byte[16], 4096), NONE, "server");
        String foreign = other.serverFirst(proxy.clientFirst(), Mechanism.PLAIN);
        assertThatThrownBy(() -> proxy.clientFinal(foreign)).hasMessageContaining("another");
    }

    @Test
    void aWrongPasswordIsRefused() {
        ScramServer server = server(NONE);
        ScramSha256 client = client("other", ScramSha256.Binding.none());
        String first = server.serverFirst(client.clientFirst(), Mechanism.PLAIN);
        String last = client.clientFinal(first);
        assertThatThrownBy(() -> server.serverFinal(last)).hasMessageContaining("wrong");
    }

    @Test
    void aBoundExchangeHoldsOnlyOnItsConnection() {
        ScramServer server = server(Binding.Offered.of(HASH));
        ScramSha256 client = client("geheim", ScramSha256.Binding.serverEndPoint(HASH));
        String first = server.serverFirst(client.clientFirst(), Mechanism.PLUS);
        assertThat(server.serverFinal(client.clientFinal(first)).message()).startsWith("v=");

        ScramServer other = server(Binding.Offered.of(new byte[] {8}));
        String last = client.clientFinal(other.serverFirst(client.clientFirst(), Mechanism.PLUS));
        assertThatThrownBy(() -> other.serverFinal(last)).hasMessageContaining("channel binding");
    }

    @Test
    void whoHidesChannelBindingIsFoundOut() {
        ScramServer server = server(Binding.Offered.of(HASH));
        String first = client("geheim", ScramSha256.Binding.notOffered()).clientFirst();
        assertThatThrownBy(() -> server.serverFirst(first, Mechanism.PLAIN))
                .hasMessageContaining("stand between");
        assertThat(server(NONE).serverFirst(first, Mechanism.PLAIN)).startsWith("r=client");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n",
                "n,,",
                "n,a=other,n=,r=x",
                "n,,n=",
                "n,,n=,r=",
                "n,,m=ext,n=,r=x",
                "n,,n=,r=\u0001",
                "z,,n=,r=x",
                "p=tls-unique,,n=,r=x",
                "p=tls-server-end-point,,n=,r=x"
            })
    void aMalformedBeginningIsRefused(String first) {
        assertThatThrownBy(() -> server(NONE).serverFirst(first, Mechanism.PLAIN))
                .isInstanceOf(WireException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",p=",
                "c=biws,p=AAAA",
                "c=biws,r=clientserver,p=*",
                "c=biws,r=clientserver,p=AAAA",
                "c=biws,r=other,p=AAAA",
                "c=eSws,r=clientserver,p=AAAA"
            })
    void aMalformedEndIsRefused(String last) {
        ScramServer server = server(NONE);
        server.serverFirst("n,,n=,r=client", Mechanism.PLAIN);
        assertThatThrownBy(() -> server.serverFinal(last)).isInstanceOf(WireException.class);
    }

    @Test
    void verifiersAreReadAsPostgresWritesThem() {
        String text =
                "SCRAM-SHA-256$4096:AQIDBAUGBwgJCgsMDQ4PEA==$"
                        + ScramCrypto.encode(VERIFIER.storedKey())
                        + ":"
                        + ScramCrypto.encode(VERIFIER.serverKey());
        assertThat(ScramVerifier.parse(text).orElseThrow().isSameAs(VERIFIER)).isTrue();
        assertThat(ScramVerifier.parse(text.replace("4096", "0"))).isEmpty();
        assertThat(ScramVerifier.parse(text.substring(0, text.length() - 4))).isEmpty();
        assertThat(ScramVerifier.parse("geheim")).isEmpty();
        assertThat(ScramVerifier.parse("md5" + "0".repeat(32))).isEmpty();
        assertThat(VERIFIER.toString()).doesNotContain("=");
    }

    @Test
    void nobodyTellsAMissingUserByItsSalt() {
        byte[] secret = {7};
        ScramVerifier mock = ScramVerifier.mock(secret, "nobody", 4096);
        assertThat(mock.salt())
                .hasSize(16)
                .isEqualTo(ScramVerifier.mock(secret, "nobody", 4096).salt());
        assertThat(mock.salt()).isNotEqualTo(ScramVerifier.mock(secret, "nobody2", 4096).salt());
    }
}

package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    @Test
    void everyDefaultPassesItsOwnCheck() {
        for (Key key : Catalogue.INSTANCE.keys()) {
            if (key.type() == Key.Type.ALIAS) {
                assertThat(Catalogue.INSTANCE.find(key.defaultText().orElseThrow()))
                        .as(key.path())
                        .isPresent();
            } else {
                Optional<String> complaint =
                        key.defaultText()
                                .map(t -> new Tree.Scalar(Position.NOWHERE, Tree.Kind.TEXT, t))
                                .flatMap(tree -> ValueCheck.complaint(key, tree));
                assertThat(complaint).as(key.path()).isEmpty();
            }
            assertThat(key.meaning()).as(key.path()).isNotBlank();
        }
    }

    @Test
    void passwordsAreSecrets() {
        assertThat(
                        Catalogue.INSTANCE.keys().stream()
                                .filter(key -> key.name().contains("password"))
                                .filter(key -> key.type() != Key.Type.SECRET))
                .isEmpty();
    }

    @Test
    void noEnvironmentNameStandsForTwoKeys() {
        assertThat(Catalogue.INSTANCE.keys().stream().flatMap(key -> key.environment().stream()))
                .doesNotHaveDuplicates();
    }

    @Test
    void addressesAreReadInAllForms() {
        assertThat(HostPort.parse("[::1]:80")).isEqualTo(new HostPort("::1", 80));
        assertThat(HostPort.parse("[::1]:80")).hasToString("[::1]:80");
        assertThat(HostPort.listening(":80")).isEqualTo(new HostPort("*", 80));
        assertThat(HostPort.parse("::1", 5)).isEqualTo(new HostPort("::1", 5));
        assertThat(HostPort.parse("h", 5)).isEqualTo(new HostPort("h", 5));
        assertThat(ListenAddresses.parse("a,b:1").parameter()).isEqualTo("a,b");
        assertThat(ListenAddresses.parse("0.0.0.0").port()).isEqualTo(5432);
        assertThat(ListenAddresses.parse("0.0.0.0:1").localHost()).isEqualTo("localhost");
        assertThat(ListenAddresses.parse("10.0.0.1:1").localHost()).isEqualTo("10.0.0.1");
    }
}

package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The expected lists are those of `openssl ciphers -v`, less what this Java does not offer.
class CipherListTest {
    private static final List<String> TLS_1_3 =
            List.of(
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_CHACHA20_POLY1305_SHA256");

    private static List<String> before13(String text) {
        List<String> all = CipherList.suites(text);
        assertThat(all).startsWith(TLS_1_3.toArray(String[]::new)).doesNotHaveDuplicates();
        return all.subList(TLS_1_3.size(), all.size());
    }

    @Test
    void whatOperatorsWrite() {
        assertThat(before13("HIGH:!aNULL"))
                .contains("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
                .noneMatch(name -> name.contains("_NULL_") || name.contains("_anon_"));
        assertThat(before13("ECDHE+AESGCM:!SHA1"))
                .containsExactly(
                        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assertThat(before13("HIGH:!aNULL:!MD5:!3DES:!CAMELLIA:!SHA1:!SHA256:!SHA384:!DHE"))
                .hasSize(6)
                .allMatch(name -> name.contains("_GCM_") || name.contains("CHACHA20"));
        assertThat(before13("DEFAULT@SECLEVEL=2".replace("@", ":@")))
                .noneMatch(name -> name.contains("_DSS_"));
    }

    @Test
    void anEmptyTextLeavesTheChoiceToJava() {
        assertThat(CipherList.suites("")).isEmpty();
    }

    @Test
    void namesOfSuitesInTheirOrder() {
        assertThat(
                        before13(
                                "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"
                                        + ",DHE-RSA-AES256-SHA TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"))
                .containsExactly(
                        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
                        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
        assertThat(before13("AES256-GCM-SHA384:ECDHE-ECDSA-AES256-CCM:ECDHE-RSA-AES256-SHA384"))
                .as("what Java does not offer is passed over")
                .containsExactly("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384");
    }

    @Test
    void takingAwayForNowForGoodAndToTheEnd() {
        String gcm = "ECDHE-RSA-AES128-GCM-SHA256";
        String cbc = "ECDHE-RSA-AES128-SHA";
        String gcmName = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        String cbcName = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
        assertThat(before13(gcm + ":" + cbc + ":-" + gcm + ":" + gcm))
                .containsExactly(cbcName, gcmName);
        assertThat(before13(gcm + ":" + cbc + ":!" + gcm + ":" + gcm)).containsExactly(cbcName);
        assertThat(before13("!" + gcm + ":ALL")).contains(cbcName).doesNotContain(gcmName);
        assertThat(before13(gcm + ":" + cbc + ":+AESGCM")).containsExactly(cbcName, gcmName);
        assertThat(before13("AES128+AESGCM+ECDHE+aRSA:AES256+AESGCM+ECDHE+aRSA:@STRENGTH"))
                .containsExactly("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", gcmName);
        assertThat(before13("ALL:@SECLEVEL=5"))
                .isNotEmpty()
                .noneMatch(name -> name.contains("_128_") || name.endsWith("_SHA"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HIHG",
                "HIGH:!SHA11",
                "ECDHE-RSA-AES256-GCM-SHA38",
                "HIGH:-",
                "ECDHE+",
                "HIGH:@STRENGHT",
                "@SECLEVEL=9",
                "high"
            })
    void anUnknownWordIsNoCipher(String text) {
        assertThatThrownBy(() -> CipherList.suites(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("holds the word '");
    }

    @ParameterizedTest
    @ValueSource(strings = {":", "aNULL", "RC4:MD5", "HIGH:!ALL", "AES256-SHA", "!HIGH"})
    void nothingSelectedIsAnError(String text) {
        assertThatThrownBy(() -> CipherList.suites(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "selects no cipher suite up to TLS 1.2 that this Java offers")
                .hasMessageContaining("ECDHE+AESGCM");
    }

    @Test
    void theErrorNamesKeyFileAndLine() {
        String yaml =
                Samples.MINIMAL.replace(
                        "  listen: 127.0.0.1:8008\n",
                        "  listen: 127.0.0.1:8008\n  certfile: /c\n  ciphers: HIGH:!SHA11\n");
        assertThat(Samples.problems(yaml))
                .singleElement()
                .asString()
                .startsWith("patroni.yml:6: restapi.ciphers: ")
                .contains("'SHA11'");
    }
}

package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.Samples;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.rest.AccessControl.Reach;
import io.toomai.api.rest.Request.Caller;
import io.toomai.api.rest.Request.ClientCertificate;
import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Tls;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.rest.RestConfig.VerifyClient;
import io.toomai.api.tls.Identity;
import io.toomai.core.model.Secret;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may change things, check by check and in their order.
class AccessControlTest {
    private static RestConfig config(
            Optional<BasicAuth> auth, List<String> allowlist, Members members) {
        return new RestConfig(
                "0.0.0.0",
                8008,
                auth,
                Optional.empty(),
                allowlist,
                members,
                Map.of(),
                Map.of(),
                Unauthenticated.REFUSE,
                Manner.PLAIN,
                Limits.DEFAULT);
    }

    /// Members of other groups, one of which has published nonsense.
    private static final List<String> NEIGHBOURS =
            List.of("https://10.9.0.1:8008/patroni", "no url", "http://[fd00::9]:8008/patroni");

    private static RestConfig with(Unauthenticated unauthenticated, Optional<Tls> tls) {
        return new RestConfig(
                "0.0.0.0",
                8008,
                Optional.empty(),
                tls,
                List.of(),
                Members.NOT_INCLUDED,
                Map.of(),
                Map.of(),
                unauthenticated,
                Manner.PLAIN,
                Limits.DEFAULT);
    }

    private static String check(RestConfig config, Route route, Caller caller) {
        return new AccessControl(config, Reach.OTHER_HOSTS, () -> NEIGHBOURS)
                .check(route, caller, Samples.leader().build(), Samples.NOW)
                .map(reply -> reply.code() + " " + reply.body())
                .orElse("allowed");
    }

    private static Caller from(String address, String authorization) {
        return new Caller(
                InetAddress.ofLiteral(address),
                ClientCertificate.NOT_SHOWN,
                Optional.of(authorization).filter(text -> !text.isEmpty()));
    }

    @ParameterizedTest(name = "{0} in {1}: {2}")
    @CsvSource({
        "10.1.2.3, 10.0.0.0/8, true",
        "11.1.2.3, 10.0.0.0/8, false",
        "10.1.2.3, 10.1.2.2/31, true",
        "10.1.2.4, 10.1.2.2/31, false",
        "10.1.2.3, 0.0.0.0/0, true",
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.4, false",
        "127.0.0.1, localhost, true",
        "fd00::1, fd00::/8, true",
        "fe00::1, fd00::/8, false",
        "fd00::1, 10.0.0.0/8, false",
        "10.1.2.3, 10.0.0.0/99, false",
        "10.1.2.3, ten/8, false",
    })
    void allowlist(String address, String entry, boolean allowed) {
        assertThat(
                        check(
                                config(Optional.empty(), List.of(entry), Members.NOT_INCLUDED),
                                Route.RELOAD,
                                from(address, "")))
                .isEqualTo(allowed ? "allowed" : "403 Access is denied");
    }

    @Test
    void membersOfTheCluster() {
        RestConfig members = config(Optional.empty(), List.of(), Members.INCLUDED);
        assertThat(check(members, Route.RELOAD, from("127.0.0.1", ""))).isEqualTo("allowed");
        assertThat(check(members, Route.RELOAD, from("10.0.0.1", "")))
                .isEqualTo("403 Access is denied");
        assertThat(check(members, Route.FAILSAFE, from("10.0.0.1", ""))).isEqualTo("allowed");
        assertThat(check(members, Route.CITUS, from("10.9.0.1", "")))
                .as("a member of another group of Citus")
                .isEqualTo("allowed");
        assertThat(check(members, Route.CITUS, from("fd00::9", ""))).isEqualTo("allowed");
        assertThat(check(members, Route.CITUS, from("10.9.0.2", "")))
                .isEqualTo("403 Access is denied");
        RestConfig listed = config(Optional.empty(), List.of("10.0.0.9"), Members.NOT_INCLUDED);
        assertThat(check(listed, Route.CITUS, from("10.9.0.1", "")))
                .isEqualTo("403 Access is denied");
        RestConfig both = config(Optional.empty(), List.of("10.0.0.9"), Members.INCLUDED);
        assertThat(check(both, Route.FAILSAFE, from("127.0.0.1", "")))
                .isEqualTo("403 Access is denied");
        assertThat(check(both, Route.FAILSAFE, from("10.9.0.1", "")))
                .isEqualTo("403 Access is denied");
    }

    @Test
    void nameAndPassword() {
        RestConfig auth =
                config(
                        Optional.of(new BasicAuth("ops", new Secret("s3cret"))),
                        List.of(),
                        Members.NOT_INCLUDED);
        assertThat(check(auth, Route.RELOAD, from("10.0.0.1", "")))
                .isEqualTo("401 no auth header received");
        assertThat(check(auth, Route.RELOAD, from("10.0.0.1", "Basic b3BzOg==")))
                .isEqualTo("401 not authenticated");
        assertThat(
                        check(
                                auth,
                                Route.RELOAD,
                                from(
                                        "10.0.0.1",
                                        HttpCall.basic("ops", new Secret("s3cret")).reveal())))
                .isEqualTo("allowed");
        assertThat(check(auth, Route.CONFIG, from("10.0.0.1", ""))).isEqualTo("allowed");
    }

    @Test
    void nothingProtectsIt() {
        RestConfig open = with(Unauthenticated.REFUSE, Optional.empty());
        assertThat(check(open, Route.RESTART, from("10.0.0.1", "")))
                .startsWith("403 refused: the REST API of pg1")
                .contains("toomai.restapi.unauthenticated: allow");
        assertThat(check(open, Route.RESTART, from("127.0.0.1", ""))).isEqualTo("allowed");
        assertThat(check(open, Route.FAILSAFE, from("10.0.0.1", ""))).isEqualTo("allowed");
        assertThat(check(open, Route.STATUS, from("10.0.0.1", ""))).isEqualTo("allowed");
        assertThat(
                        check(
                                with(Unauthenticated.ALLOW, Optional.empty()),
                                Route.RESTART,
                                from("10.0.0.1", "")))
                .isEqualTo("allowed");
    }

    @Test
    void certificates() {
        Tls tls =
                new Tls(
                        new Identity(Path.of("x"), Optional.empty(), Optional.empty()),
                        Optional.empty(),
                        VerifyClient.OPTIONAL);
        RestConfig config = with(Unauthenticated.REFUSE, Optional.of(tls));
        assertThat(check(config, Route.RESTART, from("10.0.0.1", "")))
                .isEqualTo("403 client certificate required");
        assertThat(check(config, Route.STATUS, from("10.0.0.1", ""))).isEqualTo("allowed");
        Caller shown =
                new Caller(
                        InetAddress.ofLiteral("10.0.0.1"),
                        ClientCertificate.SHOWN,
                        Optional.empty());
        assertThat(check(config, Route.RESTART, shown)).isEqualTo("allowed");
    }

    @Test
    void entriesThatMatchNobodyAreTold() {
        assertThat(
                        AccessControl.unusableEntries(
                                List.of("10.0.0.0/8", "10.0.0.0/33", "host", "a/8", "fd00::/129")))
                .containsExactly("10.0.0.0/33", "a/8", "fd00::/129");
    }
}

package io.toomai.settings;

import io.toomai.settings.KubernetesSettings.Holder;
import io.toomai.settings.KubernetesSettings.Port;
import io.toomai.settings.KubernetesSettings.Roles;
import io.toomai.settings.KubernetesSettings.Routing;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Sequence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads `kubernetes` (contract §4.2). Used once.
final class KubernetesReader {
    static final String SECTION = "kubernetes";

    private static final String PORTS = "kubernetes.ports";
    private static final int USUAL_PORT = 5432;
    private static final int MAX_PORT = 65535;

    private final Values values;
    private final Findings findings;

    KubernetesReader(Values values, Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    KubernetesSettings kubernetes() {
        return new KubernetesSettings(
                values.text("kubernetes.namespace"),
                holder(),
                values.textMap("kubernetes.labels"),
                values.requiredText("kubernetes.scope_label"),
                new Roles(
                        values.requiredText("kubernetes.role_label"),
                        values.requiredText("kubernetes.leader_label_value"),
                        values.requiredText("kubernetes.follower_label_value"),
                        values.requiredText("kubernetes.standby_leader_label_value"),
                        values.text("kubernetes.tmp_role_label"),
                        values.textMap("kubernetes.bootstrap_labels")),
                values.flag("kubernetes.bypass_api_service") ? Routing.SERVERS : Routing.SERVICE,
                retriableCodes(),
                values.path("kubernetes.cacert"));
    }

    private Holder holder() {
        if (!values.flag("kubernetes.use_endpoints")) {
            return new Holder.ConfigMaps();
        }
        Optional<String> podIp = values.text("kubernetes.pod_ip");
        if (podIp.isEmpty()) {
            problem(
                    "kubernetes.pod_ip",
                    "is missing; with use_endpoints it must be this pod's address, such as from"
                            + " status.podIP in PATRONI_KUBERNETES_POD_IP");
        }
        return new Holder.Endpoints(podIp.orElse(""), ports());
    }

    private List<Port> ports() {
        Optional<Tree> tree = values.at(PORTS);
        if (tree.isEmpty()) {
            return List.of(new Port(USUAL_PORT, Optional.empty(), Optional.empty()));
        }
        List<Port> ports = new ArrayList<>();
        if (tree.get() instanceof Sequence items) {
            items.items().forEach(item -> port(item).ifPresent(ports::add));
        }
        return ports;
    }

    private Optional<Port> port(Tree item) {
        if (!(item instanceof Mapping port)) {
            findings.problem(
                    item.at(), PORTS, "expected a mapping, such as {name: postgresql, port: 5432}");
            return Optional.empty();
        }
        String number =
                port.child("port").flatMap(Values::scalarText).orElse(Integer.toString(USUAL_PORT));
        boolean usable =
                number.matches("\\d{1,5}")
                        && Integer.parseInt(number) > 0
                        && Integer.parseInt(number) <= MAX_PORT;
        if (!usable) {
            findings.problem(item.at(), PORTS, "expected a port from 1 to 65535");
            return Optional.empty();
        }
        return Optional.of(
                new Port(
                        Integer.parseInt(number),
                        port.child("name").flatMap(Values::scalarText),
                        port.child("protocol").flatMap(Values::scalarText)));
    }

    private Set<Integer> retriableCodes() {
        Set<Integer> codes = new HashSet<>();
        for (String text : values.texts("kubernetes.retriable_http_codes")) {
            if (text.matches("[45]\\d\\d")) {
                codes.add(Integer.valueOf(text));
            } else {
                problem(
                        "kubernetes.retriable_http_codes",
                        "expected HTTP codes from 400 to 599, found '%s'".formatted(text));
            }
        }
        return codes;
    }

    private void problem(String key, String message) {
        Position at =
                values.at(key).or(() -> values.at(SECTION)).map(Tree::at).orElse(Position.NOWHERE);
        findings.problem(at, key, message);
    }
}

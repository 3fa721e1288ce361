package io.toomai.proxy.net;

import io.netty.util.NetUtil;
import io.toomai.proxy.auth.HbaMethod;
import io.toomai.proxy.auth.HbaRule;
import io.toomai.proxy.auth.HbaRule.Caller;
import io.toomai.proxy.auth.HbaRule.Encryption;
import io.toomai.proxy.auth.HbaRule.Purpose;
import io.toomai.proxy.config.Access;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.ProxySettings;
import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.login.CausalWish;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.login.ReplicationWish;
import io.toomai.proxy.login.RouteWish;
import io.toomai.proxy.login.StartupSettings;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.session.ClientSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Decides who may try to log in, and how they must prove who they are. Belongs to the first wing's
/// event loop.
final class Gate {
    private final Premises premises;

    /// How a client must prove who it is.
    sealed interface Proof {
        /// @param map of names, for methods that prove a name of the system's
        record By(HbaMethod method, Optional<String> map) implements Proof {}

        /// It cannot.
        record None(String text, String why) implements Proof {}
    }

    /// What a client hears to its StartupMessage.
    sealed interface Admission {
        /// @param why for the log
        record Refused(String code, String text, String why) implements Admission {}

        /// It must prove who it is.
        record Asked(Applicant applicant) implements Admission {}
    }

    Gate(Premises premises) {
        this.premises = premises;
    }

    /// @throws io.toomai.proxy.relay.ProtocolViolation for parameters that cannot be accepted
    Admission admit(Opening.Start start, Arrival arrival) {
        Configuration configuration = premises.configuration();
        ValuesOf values = configuration.settings().values();
        if (premises.steering().isEnding()) {
            return new Admission.Refused(
                    "08P01", "pooler is shutting down", "its operator's order");
        }
        if (premises.steering().isDisabled(start.database())) {
            return new Admission.Refused(
                    "08P01", "database \"" + start.database() + "\" is disabled", "it is disabled");
        }
        Map<String, String> settings = settings(start, arrival, values);
        Optional<String> unnameable =
                StartupSettings.misplaced(settings).or(() -> ClientSettings.unnameable(settings));
        if (unnameable.isPresent()) {
            return new Admission.Refused(
                    "42704",
                    "unrecognized configuration parameter \"" + unnameable.get() + "\"",
                    "its StartupMessage");
        }
        Optional<ReplicationWish> replication = ReplicationWish.of(start);
        if (replication.isEmpty()) {
            return new Admission.Refused(
                    "22023",
                    "invalid value for parameter \"replication\": \""
                            + start.parameters().get(ReplicationWish.NAME)
                            + "\"",
                    "its StartupMessage");
        }
        int present = premises.newcomers().countWith(premises.crowd());
        boolean forConsole = start.database().equals(Right.DATABASE);
        if (present > values.number("max_client_conn") && !forConsole) {
            return new Admission.Refused(
                    "53300",
                    "no more connections allowed (max_client_conn)",
                    present + " connections, max_client_conn is " + values.text("max_client_conn"));
        }
        Optional<Database> database = database(configuration.settings(), start.database());
        Route route;
        switch (RouteWish.of(start)) {
            case RouteWish.None _ ->
                    route = database.flatMap(Database::route).orElse(arrival.door());
            case RouteWish.Wanted(var wanted) -> route = wanted;
            case RouteWish.Unknown(var text) -> {
                return new Admission.Refused("22023", text, "its wish for a route");
            }
        }
        String user = start.user();
        if (values.text("auth_type").equals("any") && !forConsole) {
            Optional<String> forced = database.flatMap(Database::forcedUser);
            if (forced.isEmpty()) {
                return new Admission.Refused(
                        "08P01",
                        "bouncer config error",
                        "auth_type any needs user= in the entry of database " + start.database());
            }
            user = forced.get();
        }
        Identity identity =
                new Identity(
                        premises.numbers().nextClient(),
                        user,
                        start.database(),
                        settings,
                        replication.get(),
                        CausalWish.of(start),
                        arrival.origin());
        return switch (proof(identity, arrival, configuration)) {
            case Proof.None(String text, String why) -> new Admission.Refused("28000", text, why);
            case Proof.By by ->
                    new Admission.Asked(
                            new Applicant(identity, arrival, database, route, by, configuration));
        };
    }

    private static Map<String, String> settings(
            Opening.Start start, Arrival arrival, ValuesOf values) {
        List<String> ignored = new ArrayList<>(values.list("ignore_startup_parameters"));
        ignored.add(RouteWish.NAME);
        ignored.add(CausalWish.NAME);
        return StartupSettings.of(
                start.parameters(),
                ignored,
                values.isOn("application_name_add_host")
                        ? Optional.of(arrival.origin().toString())
                        : Optional.empty());
    }

    private static Optional<Database> database(ProxySettings settings, String name) {
        return Optional.ofNullable(settings.databases().get(name))
                .or(() -> Optional.ofNullable(settings.databases().get(Database.ANY)));
    }

    /// How a client must prove who it is.
    static Proof proof(Identity identity, Arrival arrival, Configuration configuration) {
        if (OwnUser.comes(identity, arrival)) {
            return new Proof.By(HbaMethod.TRUST, Optional.empty());
        }
        return switch (configuration.settings().values().text("auth_type")) {
            case "any", "trust" -> new Proof.By(HbaMethod.TRUST, Optional.empty());
            case "plain" -> new Proof.By(HbaMethod.PASSWORD, Optional.empty());
            case "scram-sha-256" -> new Proof.By(HbaMethod.SCRAM, Optional.empty());
            case "cert" -> new Proof.By(HbaMethod.CERT, Optional.empty());
            case "hba" -> byRules(identity, arrival, configuration.access());
            default -> new Proof.By(HbaMethod.MD5, Optional.empty());
        };
    }

    private static Proof byRules(Identity identity, Arrival arrival, Access access) {
        Caller caller =
                new Caller(
                        identity.database(),
                        identity.user(),
                        arrival.origin().address(),
                        arrival.isEncrypted() ? Encryption.TLS : Encryption.NONE,
                        identity.replication() == ReplicationWish.PHYSICAL
                                ? Purpose.PHYSICAL_REPLICATION
                                : Purpose.QUERIES);
        Optional<HbaRule> rule = access.rules().about(caller, access.here());
        if (rule.isEmpty()) {
            return new Proof.None(
                    "no pg_hba.conf entry for " + described(caller), "no rule is about it");
        }
        return rule.get().method() == HbaMethod.REJECT
                ? new Proof.None(
                        "pg_hba.conf rejects connection for " + described(caller),
                        "rule at " + rule.get().at())
                : new Proof.By(
                        rule.get().method(), Optional.ofNullable(rule.get().options().get("map")));
    }

    private static String described(Caller caller) {
        return "host \""
                + caller.address().map(NetUtil::toAddressString).orElse("[local]")
                + "\", user \""
                + caller.user()
                + "\", database \""
                + caller.database()
                + "\", SSL "
                + (caller.encryption() == Encryption.TLS ? "on" : "off");
    }
}

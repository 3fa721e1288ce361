package io.toomai.proxy.config;

import io.toomai.proxy.auth.AddressRange;
import io.toomai.proxy.auth.HbaFile;
import io.toomai.proxy.auth.HbaRule;
import io.toomai.proxy.auth.IdentFile;
import io.toomai.proxy.auth.LocalNetworks;
import io.toomai.proxy.tls.ClientTls;
import io.toomai.proxy.tls.ServerTls;
import io.toomai.proxy.tls.TlsReader;
import io.toomai.settings.Problem;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Optional;

/// Who may come in and how, beside the list of users: what the files say that settings name.
///
/// @param here this machine's networks
/// @param idents maps for names that a certificate or a Unix socket proves
public record Access(
        HbaFile rules,
        IdentFile idents,
        LocalNetworks here,
        ClientTls clientTls,
        ServerTls serverTls) {

    /// @param source the file that has the settings, for messages
    /// @param problems gets what is wrong; then the result is not to be used
    /// @param warnings gets what is taken as it is and may not be what is wanted
    /// @throws IOException if a file cannot be read
    static Access read(
            ValuesOf values, String source, List<Problem> problems, List<Warning> warnings)
            throws IOException {
        String type = values.text("auth_type");
        if (type.equals("pam") || type.equals("ldap")) {
            problems.add(
                    new Problem(
                            "auth_type",
                            source,
                            0,
                            type
                                    + " is not supported here; keep a SCRAM secret or use auth_query"));
        }
        if (type.equals("cert")
                && (values.text("client_tls_sslmode").equals("disable")
                        || values.text("client_tls_ca_file").isEmpty())) {
            problems.add(
                    new Problem(
                            "auth_type",
                            source,
                            0,
                            "cert needs client_tls_sslmode = verify-full and client_tls_ca_file"));
        }
        HbaFile rules = new HbaFile(List.of());
        Optional<String> hba = NamedFile.text(values, "auth_hba_file", source, problems);
        if (hba.isPresent()) {
            HbaFile.Reading reading = HbaFile.parse(hba.get(), values.text("auth_hba_file"));
            problems.addAll(reading.problems());
            rules = reading.file();
        } else if (type.equals("hba") && values.given("auth_hba_file").isEmpty()) {
            problems.add(new Problem("auth_hba_file", source, 0, "is missing; auth_type is hba"));
        }
        IdentFile idents = IdentFile.EMPTY;
        Optional<String> ident = NamedFile.text(values, "auth_ident_file", source, problems);
        if (ident.isPresent()) {
            IdentFile.Reading reading =
                    IdentFile.parse(ident.get(), values.text("auth_ident_file"));
            problems.addAll(reading.problems());
            idents = reading.file();
        }
        for (HbaRule rule : rules.rules()) {
            String map = rule.options().getOrDefault("map", "");
            if (!map.isEmpty() && !idents.has(map)) {
                problems.add(
                        new Problem(
                                "",
                                rule.at().source(),
                                rule.at().line(),
                                "map=" + map + ": there is no such map in auth_ident_file"));
            }
        }
        return new Access(
                rules,
                idents,
                networks(),
                TlsReader.client(values::text, source, problems, warnings),
                TlsReader.server(values::text, source, problems, warnings));
    }

    private static LocalNetworks networks() throws IOException {
        return new LocalNetworks(
                NetworkInterface.networkInterfaces()
                        .flatMap(network -> network.getInterfaceAddresses().stream())
                        .map(own ->
                                new AddressRange(own.getAddress(), own.getNetworkPrefixLength()))
                        .toList());
    }
}

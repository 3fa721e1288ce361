package io.toomai.proxy.auth;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/// Whom a client's certificate is for: its common name, and its names of hosts, which PgBouncer
/// accepts too.
public final class CertificateNames {
    private static final int HOST = 2;

    private CertificateNames() {}

    /// A name with a NUL in it is none.
    public static List<String> of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            for (Rdn part :
                    new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String n) {
                    names.add(n);
                }
            }
            Collection<List<?>> others = certificate.getSubjectAlternativeNames();
            if (others != null) {
                others.stream()
                        .filter(other -> Integer.valueOf(HOST).equals(other.getFirst()))
                        .forEach(other -> names.add(String.valueOf(other.get(1))));
            }
        } catch (InvalidNameException | CertificateParsingException _) {
            return List.of();
        }
        names.removeIf(name -> name.isEmpty() || name.indexOf('\0') >= 0);
        return List.copyOf(names);
    }
}

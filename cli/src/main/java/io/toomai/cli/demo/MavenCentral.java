package io.toomai.cli.demo;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Where this machine gets Maven Central's artifacts from: the mirror that `~/.m2/settings.xml`
/// names for it, else `MVNW_REPOURL` (the Maven wrapper's own variable), else Maven Central. Logins
/// for mirrors are not supported.
final class MavenCentral {
    static final String ITSELF = "https://repo.maven.apache.org/maven2";
    private static final String ID = "central";
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{env\\.([^}]+)}");

    private final Path settings;
    private final Map<String, String> environment;

    /// @param settings the user's settings of Maven; need not exist
    MavenCentral(Path settings, Map<String, String> environment) {
        this.settings = settings;
        this.environment = Map.copyOf(environment);
    }

    static MavenCentral of(Map<String, String> environment) {
        return new MavenCentral(
                Path.of(System.getProperty("user.home", "/"), ".m2/settings.xml"), environment);
    }

    /// Without a slash at its end.
    String address() throws IOException {
        String address =
                mirror().or(() -> Optional.ofNullable(environment.get("MVNW_REPOURL")))
                        .filter(text -> !text.isBlank())
                        .orElse(ITSELF);
        return address.replaceAll("/+$", "");
    }

    private record Mirror(String of, String url) {}

    /// As Maven chooses: the mirror of exactly this repository, else the first whose pattern holds.
    private Optional<String> mirror() throws IOException {
        if (!Files.isReadable(settings)) {
            return Optional.empty();
        }
        List<Mirror> mirrors = mirrors();
        return mirrors.stream()
                .filter(mirror -> mirror.of().equals(ID))
                .findFirst()
                .or(() -> mirrors.stream().filter(m -> coversCentral(m.of())).findFirst())
                .map(mirror -> interpolated(mirror.url()));
    }

    private static boolean coversCentral(String of) {
        List<String> words = List.of(of.split("\\s*,\\s*", -1));
        return !words.contains("!" + ID)
                && words.stream().anyMatch(List.of("*", "external:*", ID)::contains);
    }

    private List<Mirror> mirrors() throws IOException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            NodeList elements =
                    factory.newDocumentBuilder()
                            .parse(new ByteArrayInputStream(Files.readAllBytes(settings)))
                            .getElementsByTagName("mirror");
            var mirrors = new ArrayList<Mirror>();
            for (int i = 0; i < elements.getLength(); i++) {
                if (elements.item(i) instanceof Element element
                        && !text(element, "blocked").equals("true")) {
                    mirrors.add(new Mirror(text(element, "mirrorOf"), text(element, "url")));
                }
            }
            return mirrors;
        } catch (SAXException | ParserConfigurationException e) {
            throw new IOException(settings + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }

    private String interpolated(String text) {
        return VARIABLE.matcher(text)
                .replaceAll(found ->
                        Matcher.quoteReplacement(
                                environment.getOrDefault(found.group(1), found.group())));
    }
}

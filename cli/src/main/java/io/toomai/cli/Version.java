package io.toomai.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/// This program's version, as Maven writes it into the jar.
public final class Version {
    private static final String FILE = "/META-INF/maven/io.toomai/toomai-cli/pom.properties";

    private Version() {}

    public static String text() {
        try (InputStream in = Version.class.getResourceAsStream(FILE)) {
            if (in == null) {
                return "development";
            }
            var properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}

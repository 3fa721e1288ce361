package io.toomai.proxy.net;

import static io.toomai.proxy.net.Parts.SYNC;
import static io.toomai.proxy.net.Parts.unnamed;

import java.util.ArrayList;
import java.util.List;

/// What clients set: in their first packet and later, told to them or not.
final class ScenesOfSettings {
    private static final String ALL_FOUR =
            "SELECT current_setting('client_encoding'), current_setting('DateStyle'),"
                    + " current_setting('TimeZone'), current_setting('application_name')";

    private ScenesOfSettings() {}

    static List<Scene> all() {
        List<Scene> all = new ArrayList<>(later());
        all.addAll(starts());
        return all;
    }

    private static Scene start(String name, String value, String shown) {
        return Scene.of(
                "starts with " + name + " = " + value,
                stage -> {
                    Voice a = stage.enters("a", name, value);
                    a.asks("SHOW " + shown);
                    a.close();
                    stage.enters("b").asks("SHOW " + shown);
                });
    }

    private static List<Scene> starts() {
        return List.of(
                start("application_name", "mine", "application_name"),
                start("TimeZone", "Asia/Tokyo", "TimeZone"),
                start("timezone", "Asia/Tokyo", "TimeZone"),
                start("DateStyle", "German, DMY", "DateStyle"),
                start("client_encoding", "LATIN1", "client_encoding"),
                start("client_encoding", "'utf-8'", "client_encoding"),
                start("standard_conforming_strings", "off", "standard_conforming_strings"),
                start("TimeZone", "Nowhere/Land", "TimeZone"),
                start("client_encoding", "nonsense", "client_encoding"),
                start("work_mem", "1MB", "work_mem"),
                start("extra_float_digits", "3", "extra_float_digits"),
                start("no_such_parameter", "1", "work_mem"),
                start("my.own", "1", "work_mem"),
                start("options", "-c work_mem=2MB", "work_mem"),
                start("options", "-c TimeZone=Asia/Tokyo", "TimeZone"),
                start("options", "--TimeZone=Asia/Tokyo", "TimeZone"),
                start("options", "-cTimeZone=Asia/Tokyo", "TimeZone"),
                start("options", "-c search_path=a\\ b", "search_path"),
                start("options", "nonsense", "work_mem"),
                start("options", "-c", "work_mem"),
                start("options", "-c work_mem", "work_mem"),
                start("options", "-d 5", "work_mem"),
                start("options", "", "work_mem"),
                start("application_name", "", "application_name"),
                start("application_name", "it's \\ \"odd\"", "application_name"));
    }

    private static List<Scene> later() {
        return List.of(
                Scene.of(
                        "what the entry of a database sets",
                        stage -> {
                            Voice a = stage.stranger("a").says("starts", stage.first(0, "set"));
                            a.asks(ALL_FOUR);
                            a.asks("SET TimeZone = 'UTC'; SET client_encoding = UTF8");
                            a.close();
                            Voice b = stage.stranger("b");
                            b.says("starts", stage.first(0, "set", "TimeZone", "Asia/Tokyo"));
                            b.asks(ALL_FOUR);
                            b.close();
                            stage.stranger("c")
                                    .says("starts", stage.first(0, "set"))
                                    .asks(ALL_FOUR);
                        }),
                Scene.of(
                        "SET of what is told",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SET application_name = 'x'");
                            a.asks("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'");
                            a.asks("SET client_encoding = 'LATIN1'");
                            a.asks("SET TimeZone = 'Nowhere/Land'");
                            a.asks("SELECT '2000-01-02'::date");
                            a.close();
                            stage.enters("b").asks("SELECT '2000-01-02'::date");
                        }),
                Scene.of(
                        "SET of what is told, by messages",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.says("all", unnamed("SET TimeZone = 'Asia/Tokyo'"), SYNC);
                            a.says("all", unnamed("SHOW TimeZone"), SYNC);
                        }),
                Scene.of(
                        "a client's settings and another's",
                        stage -> {
                            if (stage.shares()) {
                                Voice a = stage.enters("a", "application_name", "a");
                                Voice b = stage.enters("b", "TimeZone", "UTC");
                                a.asks("SET TimeZone = 'Asia/Tokyo'");
                                b.asks("SET DateStyle = 'German'");
                                a.asks("SELECT current_setting('TimeZone'), '2000-01-02'::date");
                                b.asks("SELECT current_setting('TimeZone'), '2000-01-02'::date");
                                a.says("messages", unnamed("SHOW application_name"), SYNC);
                                b.says("messages", unnamed("SHOW application_name"), SYNC);
                            }
                        }),
                Scene.of(
                        "SET in a block that fails",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("BEGIN; SET TimeZone = 'Asia/Tokyo'");
                            a.asks("ROLLBACK");
                            a.asks("SHOW TimeZone");
                            a.asks("BEGIN; SET LOCAL TimeZone = 'Asia/Tokyo'");
                            a.asks("COMMIT");
                            a.asks("SHOW TimeZone");
                        }),
                Scene.of(
                        "RESET",
                        stage -> {
                            Voice a = stage.enters("a", "TimeZone", "Asia/Tokyo");
                            a.asks("SET TimeZone = 'UTC'");
                            a.asks("RESET TimeZone");
                            a.asks("SHOW TimeZone");
                            a.asks("RESET ALL");
                            a.asks("SHOW TimeZone");
                        }),
                Scene.of(
                        "SET of what is not told, and the next client",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SET work_mem = '1MB'");
                            a.asks("SHOW work_mem");
                            a.close();
                            stage.enters("b").asks("SHOW work_mem");
                        }),
                Scene.of(
                        "SET ROLE, and the next client",
                        stage -> {
                            Voice a = stage.enters("a");
                            a.asks("SET ROLE pg_monitor");
                            a.asks("SELECT current_user");
                            a.close();
                            stage.enters("b").asks("SELECT current_user");
                        }));
    }
}

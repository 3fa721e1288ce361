package io.toomai.cli.view;

import io.toomai.cli.data.Yaml;
import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// In which form rows are printed.
public enum Format {
    PRETTY,
    TOPOLOGY,
    TSV,
    JSON,
    YAML;

    /// The format of that name on the command line.
    ///
    /// @throws IllegalArgumentException for a name that is none
    public static Format named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "pretty" -> PRETTY;
            case "tsv" -> TSV;
            case "json" -> JSON;
            case "yaml", "yml" -> YAML;
            default -> throw new IllegalArgumentException("not a format: " + name);
        };
    }

    /// Rows without a title, as `history` prints them. What a row lacks at its end is empty.
    public String rows(List<TextTable.Column> columns, List<List<Json>> rows) {
        return switch (this) {
            case PRETTY, TOPOLOGY -> new TextTable("", columns, texts(columns, rows)).render();
            case TSV ->
                    tsv(
                            columns.stream().map(TextTable.Column::heading).toList(),
                            texts(columns, rows));
            case JSON -> objects(columns, rows).spaced();
            case YAML -> Yaml.block(objects(columns, rows));
        };
    }

    /// A heading line and rows, tab separated.
    static String tsv(List<String> headings, List<List<String>> rows) {
        var lines = new ArrayList<List<String>>();
        lines.add(headings);
        lines.addAll(rows);
        return lines.stream().map(l -> String.join("\t", l)).collect(Collectors.joining("\n"));
    }

    private static List<List<String>> texts(List<TextTable.Column> columns, List<List<Json>> rows) {
        var texts = new ArrayList<List<String>>();
        for (List<Json> row : rows) {
            var cells = new ArrayList<>(row.stream().map(Json::scalar).toList());
            while (cells.size() < columns.size()) {
                cells.add("");
            }
            texts.add(cells);
        }
        return texts;
    }

    private static Json objects(List<TextTable.Column> columns, List<List<Json>> rows) {
        var objects = new ArrayList<Json>();
        for (List<Json> row : rows) {
            var fields = new LinkedHashMap<String, Json>();
            for (int i = 0; i < columns.size(); i++) {
                fields.put(columns.get(i).heading(), i < row.size() ? row.get(i) : Json.of(""));
            }
            objects.add(new Json.Obj(fields));
        }
        return new Json.Arr(objects);
    }
}

package io.toomai.cli.command;

import io.toomai.cli.view.Format;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `--format`.
final class FormatConverter implements ITypeConverter<Format> {
    @Override
    public Format convert(String value) {
        try {
            return Format.named(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    "'" + value + "' is not one of 'pretty', 'tsv', 'json', 'yaml', 'yml'.");
        }
    }
}

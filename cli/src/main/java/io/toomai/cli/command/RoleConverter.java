package io.toomai.cli.command;

import io.toomai.cli.view.ClusterAnswer.RoleWord;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `--role`.
final class RoleConverter implements ITypeConverter<RoleWord> {
    @Override
    public RoleWord convert(String value) {
        try {
            return RoleWord.named(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    "'"
                            + value
                            + "' is not one of 'leader', 'primary', 'standby-leader', 'replica',"
                            + " 'standby', 'any'.");
        }
    }
}

/// YAML and JSON as trees that know their line; nothing here knows what a setting is.
@NullMarked
package io.toomai.settings.text;

import org.jspecify.annotations.NullMarked;

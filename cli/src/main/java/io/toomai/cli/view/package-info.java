/// What operators see: tables, tree, differences. Pure functions from values to text.
@NullMarked
package io.toomai.cli.view;

import org.jspecify.annotations.NullMarked;

/// The documents of the store: JSON text of the contract on one side, core's types on the other.
@NullMarked
package io.toomai.dcs.document;

import org.jspecify.annotations.NullMarked;

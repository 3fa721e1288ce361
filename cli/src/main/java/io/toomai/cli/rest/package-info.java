/// Talking to the members' REST interface: one bounded request per connection, other members as
/// fallback.
@NullMarked
package io.toomai.cli.rest;

import org.jspecify.annotations.NullMarked;

/// Groups of a Citus cluster: the coordinator's leader keeps `pg_dist_node` right, the leaders of
/// the workers tell it what happens. All of it beside the loop.
@NullMarked
package io.toomai.agent.citus;

import org.jspecify.annotations.NullMarked;

/// The HA loop: gathers the view, asks the policy, carries out its commands.
@NullMarked
package io.toomai.agent.loop;

import org.jspecify.annotations.NullMarked;

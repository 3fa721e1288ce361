package io.toomai.agent.loop;

import io.toomai.core.ha.Command;

/// How one command of a decision went.
public sealed interface Outcome {
    Command command();

    record Done(Command command) implements Outcome {}

    /// It was not carried out: the world had moved since the view was taken.
    record Refused(Command command, String why) implements Outcome {}

    /// It was tried; what it left behind is seen in the next view.
    record Failed(Command command, String why) implements Outcome {}
}

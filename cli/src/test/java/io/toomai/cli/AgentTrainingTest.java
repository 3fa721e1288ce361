package io.toomai.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AgentTrainingTest {
    @Test
    void anAgentRunsForAMoment() {
        assertThat(AgentTraining.run()).isZero();
    }
}
